import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_plugin import models, queue
from tests import factories

from .conftest import make_campaign


@pytest.fixture
def marketer(role, client):
    user = role("marketer")
    user.email = "marketer@hinata.example"
    user.save()
    client.force_login(user)
    return user


def url(name, *args):
    return reverse(f"crm_campaign:{name}", args=args)


def launched(client, campaign):
    said = {"key": str(uuid.uuid4()), "everybody": "1"}
    client.post(url("launch", campaign.pk), said)
    queue.run_due("launch")
    return models.Mailing.objects.get()


def test_the_list_shows_campaigns_and_how_far_they_are(
    client, marketer, campaign, guest
):
    guest()
    launched(client, campaign)
    said = client.get(url("list")).content.decode()
    assert "Autumn" in said
    assert "about to start" in said


def test_the_list_costs_the_same_for_many_campaigns(
    client, marketer, body, django_assert_max_num_queries
):
    for _n in range(12):
        make_campaign(body)
    client.get(url("list"))
    with django_assert_max_num_queries(20):
        client.get(url("list"))


def test_the_send_screen_shows_preview_audience_and_button(
    client, marketer, campaign, guest
):
    guest(), guest()
    said = client.get(url("send", campaign.pk)).content.decode()
    assert "Launch to 2 contacts" in said
    assert "As Lunch guests" in said
    assert 'sandbox=""' in said


def test_the_send_screen_warns_when_no_worker_is_alive(client, marketer, campaign):
    assert b"No worker is running" in client.get(url("send", campaign.pk)).content


def test_the_letter_runs_no_script(client, marketer, campaign):
    response = client.get(url("letter", campaign.pk))
    assert "script-src" not in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_the_letter_is_shown_as_a_segment(client, marketer, campaign, lunch):
    look = {"reader": f"crm-segment-{lunch.pk}"}
    assert b"LUNCH MENU" in client.get(url("letter", campaign.pk), look).content
    assert b"NEWS" in client.get(url("letter", campaign.pk)).content


def test_the_letter_is_shown_as_a_named_contact(
    client, marketer, campaign, guest, dinner
):
    contact = guest(dinner, family_name="山田")
    look = {"contact": contact.public_id, "medium": "text"}
    said = client.get(url("letter", campaign.pk), look).content.decode()
    assert "DINNER MENU" in said
    assert "山田様" in said


def test_a_contact_is_found_without_a_name_in_the_url(
    client, marketer, campaign, guest
):
    from crm_plugin.contacts import search

    contact = guest(family_name="山田")
    search.refresh([contact.pk])
    response = client.post(url("send", campaign.pk), {"who": "山田"})
    assert f"?contact={contact.public_id}" in response.content.decode()


def test_an_unknown_contact_is_not_found(client, marketer, campaign):
    look = {"contact": uuid.uuid4()}
    assert client.get(url("letter", campaign.pk), look).status_code == 404


def test_a_launch_freezes_and_leads_to_the_mailing(client, marketer, campaign, guest):
    guest()
    response = client.post(url("launch", campaign.pk), {"key": str(uuid.uuid4())})
    mailing = models.Mailing.objects.get()
    assert response.url == url("mailing", mailing.public_id)
    assert mailing.launched_by == marketer


def test_a_campaign_to_a_segment_that_leaves_nobody_out_asks_once_more(
    client, marketer, body, guest, lunch
):
    guest(lunch), guest(lunch)
    campaign = make_campaign(body, include=[lunch])
    assert 'name="everybody"' in client.get(url("send", campaign.pk)).text
    said = {"key": str(uuid.uuid4())}
    answer = client.post(url("launch", campaign.pk), said, follow=True)
    assert "Say first that everybody is meant." in answer.text
    assert not models.Mailing.objects.exists()
    client.post(url("launch", campaign.pk), {**said, "everybody": "1"})
    assert models.Mailing.objects.exists()


def test_a_campaign_that_leaves_somebody_out_does_not_ask(
    client, marketer, body, guest, lunch
):
    guest(lunch), guest(lunch), guest()
    campaign = make_campaign(body, include=[lunch])
    assert 'name="everybody"' not in client.get(url("send", campaign.pk)).text
    client.post(url("launch", campaign.pk), {"key": str(uuid.uuid4())})
    assert models.Mailing.objects.exists()


def test_a_launch_on_get_does_nothing(client, marketer, campaign):
    assert client.get(url("launch", campaign.pk)).status_code == 405
    assert not models.Mailing.objects.exists()


@pytest.mark.parametrize("who", ["staff", "editor", "outsider"])
def test_nobody_launches_without_the_right(role, client, campaign, outsider, who):
    user = outsider if who == "outsider" else role("staff")
    if who == "editor":
        from django.contrib.auth.models import Permission

        names = ["view_campaign", "change_campaign", "publish_campaign"]
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        user.groups.first().permissions.filter(codename="launch_campaign").delete()
    client.force_login(user)
    client.post(url("launch", campaign.pk), {"key": str(uuid.uuid4())})
    assert not models.Mailing.objects.exists()


def test_for_an_outsider_campaigns_do_not_exist(client, campaign, outsider):
    client.force_login(outsider)
    for name in ("send", "letter"):
        assert client.get(url(name, campaign.pk)).status_code == 404


@pytest.mark.parametrize(
    "verb",
    ["take_back", "pause", "resume", "confirm", "prepare", "anew", "retry", "begin"],
)
def test_nobody_steers_without_the_right(client, marketer, role, campaign, guest, verb):
    guest()
    mailing = launched(client, campaign)
    client.force_login(role("staff"))
    client.post(url("steer", mailing.public_id, verb))
    mailing.refresh_from_db()
    assert mailing.state == "waiting"


def test_a_mailing_is_taken_back_by_its_button(client, marketer, campaign, guest):
    guest()
    mailing = launched(client, campaign)
    client.post(url("steer", mailing.public_id, "take_back"))
    mailing.refresh_from_db()
    assert mailing.state == "cancelled"


def test_the_screen_says_what_broke_and_offers_both_ways_out(
    client, marketer, campaign, guest
):
    mailing = launched(client, campaign)
    content = [{**mailing.content[0], "subject": "{{ contact.shoe_size }}"}]
    models.Mailing.objects.update(state="broken", content=content)
    said = client.get(url("mailing", mailing.public_id)).content.decode()
    assert "Could not be prepared" in said
    assert "shoe_size" in said
    assert "Try again" in said
    assert "Take it back" in said


def test_the_screen_says_that_nobody_delivers(client, marketer, campaign):
    mailing = launched(client, campaign)
    path = url("mailing_state", mailing.public_id)
    assert b"Nobody is delivering." in client.get(path).content
    queue.beat()
    assert b"Nobody is delivering." not in client.get(path).content


def test_the_worker_is_not_woken_before_the_time_has_come(
    client, marketer, campaign, time_machine
):
    mailing = launched(client, campaign)
    path = url("mailing_state", mailing.public_id)
    models.Mailing.objects.update(state="waiting")
    mailing.refresh_from_db()
    early = dt.timedelta(milliseconds=300)
    time_machine.move_to(mailing.starts_at - early, tick=False)
    assert b"data-begin" not in client.get(path).content
    time_machine.move_to(mailing.starts_at, tick=False)
    assert b"data-begin" in client.get(path).content


def test_a_missed_mailing_is_explained_and_launched_anew(client, marketer, campaign):
    mailing = launched(client, campaign)
    models.Mailing.objects.update(state="missed")
    said = client.get(url("mailing", mailing.public_id)).content.decode()
    assert "nobody was delivering" in said
    assert "Send it now" in said
    response = client.post(url("steer", mailing.public_id, "anew"))
    assert response.url == url("send", campaign.pk)
    mailing.refresh_from_db()
    assert mailing.state == "cancelled"


def test_the_send_screen_says_why_somebody_is_held(client, marketer, campaign, guest):
    factories.InquiryFactory(contact=guest())
    guest()
    said = client.get(url("send", campaign.pk)).content.decode()
    assert "1 of 2 contacts in the audience will receive it." in said
    assert "They have an open inquiry or complaint" in said


@pytest.mark.parametrize(
    ("consent", "said"),
    [
        (True, "As 山田 花子 would get it now."),
        (False, "They have not agreed to this topic."),
    ],
)
def test_the_preview_as_a_contact_says_whether_it_would_reach_them(
    client, marketer, campaign, guest, lunch, consent, said
):
    campaign.include_segments = [lunch]
    campaign.save()
    contact = guest(lunch, consent=consent, family_name="山田")
    page = client.get(url("send", campaign.pk), {"contact": contact.public_id})
    assert said in page.content.decode()


def test_the_preview_as_an_outsider_says_that_they_are_not_addressed(
    client, marketer, campaign
):
    contact = factories.ContactFactory()
    page = client.get(url("send", campaign.pk), {"contact": contact.public_id})
    assert "They are not in the audience." in page.content.decode()


def test_sales_are_shown_with_their_currency(client, marketer, campaign, guest):
    mailing = launched(client, campaign)
    said = client.get(url("mailing", mailing.public_id)).content.decode()
    assert "<strong>¥0</strong>" in said


def test_an_unknown_verb_is_no_page(client, marketer, campaign, guest):
    guest()
    mailing = launched(client, campaign)
    assert client.post(url("steer", mailing.public_id, "burn")).status_code == 404


def test_the_mailing_screen_counts_and_gives_reasons(
    client, marketer, campaign, guest, lunch
):
    campaign.include_segments = [lunch]
    campaign.save()
    guest(lunch), guest(lunch, consent=False)
    mailing = launched(client, campaign)
    said = client.get(url("mailing_state", mailing.public_id)).content.decode()
    assert "They have not agreed to this topic." in said
    assert "It starts in" in said
    assert "Take it back" in said


@pytest.mark.parametrize(
    ("screen", "most"), [("mailing_state", 12), ("mailing", 30), ("send", 60)]
)
def test_no_screen_costs_more_for_a_larger_audience(
    client, marketer, campaign, guest, screen, most
):
    def statements(people):
        for _n in range(people):
            guest()
        models.Mailing.objects.all().delete()
        key = launched(client, campaign).public_id
        path = url(screen, campaign.pk if screen == "send" else key)
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        models.Delivery.objects.all().delete()
        return len(queries)

    few = statements(1)
    assert statements(20) == few <= most


def test_a_past_moment_is_refused(client, marketer, campaign, guest):
    guest()
    client.post(
        url("launch", campaign.pk), {"key": str(uuid.uuid4()), "at": "2001-01-01T10:00"}
    )
    assert not models.Mailing.objects.exists()


def test_a_later_start_is_kept(client, marketer, campaign, guest):
    guest()
    at = timezone.localtime() + timezone.timedelta(days=2)
    data = {"key": str(uuid.uuid4()), "at": at.strftime("%Y-%m-%dT%H:%M")}
    client.post(url("launch", campaign.pk), data)
    assert models.Mailing.objects.get().starts_at == at.replace(second=0, microsecond=0)


def test_totals_are_exported_only_with_the_right(client, marketer, campaign, owner):
    mailing = launched(client, campaign)
    path = url("mailing", mailing.public_id) + "?export=csv"
    assert client.get(path).status_code == 302
    client.force_login(owner)
    response = client.get(path)
    assert b"Bookings" in b"".join(response.streaming_content)
    assert models.Operation.objects.filter(kind="export").exists()


class TestATestSend:
    @pytest.fixture
    def sent(self, client, marketer, campaign, guest, lunch, mailoutbox):
        contact = guest(lunch, family_name="山田")
        client.post(url("test", campaign.pk), {"contact": contact.public_id})
        queue.run_due("deliver")
        return mailoutbox

    def test_goes_to_oneself_with_the_contacts_values(self, sent):
        (message,) = sent
        assert message.to == ["marketer@hinata.example"]
        assert message.subject == "[Test] 山田へ"
        assert "LUNCH MENU" in models.Rendering.objects.get().text

    def test_counts_nowhere(self, sent, campaign):
        delivery = models.Delivery.objects.get()
        assert delivery.mailing is None
        assert delivery.contact is None
        assert delivery.topic is None
        assert not campaign.mailings.exists()

    def test_its_links_and_its_way_out_are_inert(self, sent):
        rendering = models.Rendering.objects.get()
        assert "https://hinata.example/book/" in rendering.html
        assert "unsubscribe_url" not in rendering.html + rendering.text
        assert not rendering.links.exists()
        assert "List-Unsubscribe" not in str(sent[0].message())

    def test_is_forgotten_after_a_day(self, sent):
        from crm_plugin.campaigns.trial import forget_tests

        forget_tests()
        assert models.Delivery.objects.exists()
        models.Delivery.objects.update(
            created_at=timezone.now() - timezone.timedelta(days=2)
        )
        forget_tests()
        assert not models.Delivery.objects.exists()
        assert not models.Rendering.objects.exists()

    def test_needs_the_right_to_change_campaigns(
        self, client, role, campaign, mailoutbox
    ):
        client.force_login(role("staff"))
        client.post(url("test", campaign.pk))
        assert not models.Delivery.objects.exists()


def test_a_copy_has_the_text_and_an_identity_of_its_own(client, marketer, campaign):
    from crm_plugin.campaigns.drafts import copy_of

    copy = copy_of(campaign)
    copy.save()
    assert copy.uuid != campaign.uuid
    assert copy.versions.get().subject == campaign.versions.get().subject
    assert not copy.live
    assert client.get(url("copy", campaign.pk)).status_code == 200


def test_a_draft_for_a_segment_is_ready_to_be_written(owner, db):
    from crm_plugin.campaigns.drafts import NothingToSendWith, draft_for

    segment = factories.SegmentFactory(name="Came once")
    with pytest.raises(NothingToSendWith):
        draft_for(segment, by=owner)
    factories.SenderFactory(), factories.TopicFactory()
    campaign = draft_for(segment, by=owner)
    assert list(campaign.include_segments.all()) == [segment]
    assert not campaign.live
    assert campaign.latest_revision is not None
    assert "salutation" in str(campaign.versions.get().body.get_prep_value())


def test_what_to_do_next_stands_below_the_result(client, marketer, campaign, guest):
    guest()
    mailing = launched(client, campaign)
    screen, copy = url("mailing", mailing.public_id), url("copy", campaign.pk)
    assert copy not in client.get(screen).content.decode()
    models.Mailing.objects.update(state="finished")
    assert copy in client.get(screen).content.decode()
