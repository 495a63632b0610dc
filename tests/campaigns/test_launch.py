import datetime as dt
import uuid
from collections import Counter

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from crm_plugin import models, queue
from crm_plugin.campaigns import audience, compose
from crm_plugin.campaigns import launch as launching
from crm_plugin.campaigns.launch import NotLaunchable, launch, prepare_again
from crm_plugin.campaigns.problems import problems_of_mailing
from crm_plugin.consents import ledger
from crm_plugin.delivery import mailings
from crm_plugin.segments import places
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import start as start_refresh
from tests import factories

from .conftest import make_campaign, text


@pytest.fixture(autouse=True)
def no_grace(settings):
    settings.CRM_LAUNCH_GRACE_SECONDS = 0


def prepared(campaign, owner, **values):
    """The mailing with its outbox filled, nothing sent yet."""
    mailing = launch(campaign, by=owner, key=uuid.uuid4(), **values)
    queue.run_due("launch")
    mailing.refresh_from_db()
    return mailing


def states(mailing):
    return Counter(mailing.deliveries.values_list("state", "reason"))


def test_everybody_gets_the_variant_of_their_segment(
    campaign, guest, owner, lunch, dinner
):
    people = {guest(lunch).pk: "0", guest(dinner).pk: "1", guest().pk: "e"}
    mailing = prepared(campaign, owner)
    assert dict(mailing.deliveries.values_list("contact", "variant")) == people


def test_the_first_variant_wins_for_members_of_both(
    campaign, guest, owner, lunch, dinner
):
    guest(lunch, dinner)
    assert prepared(campaign, owner).deliveries.get().variant == "0"


def test_one_rendering_per_variant_that_occurs(campaign, guest, owner, lunch):
    for _n in range(5):
        guest(lunch)
        guest()
    mailing = prepared(campaign, owner)
    assert sorted(mailing.renderings.values_list("variant", flat=True)) == ["0", "e"]
    assert not mailing.deliveries.filter(rendering=None).exists()
    lunchers = mailing.deliveries.filter(variant="0").first()
    assert "LUNCH MENU" in lunchers.rendering.html
    assert "LUNCH MENU" in lunchers.rendering.text


def test_the_mail_that_leaves_holds_the_variant_and_the_name(
    campaign, guest, owner, lunch
):
    guest(lunch, family_name="山田")
    guest(family_name="")
    mailing = prepared(campaign, owner)
    queue.run_due("deliver")
    mailing.refresh_from_db()
    assert mailing.state == "finished"
    sent = {message.subject: str(message.message()) for message in mail.outbox}
    assert sorted(sent) == ["あなたへ", "山田へ"]


def test_who_has_no_consent_gets_none_and_is_counted(campaign, guest, owner, lunch):
    campaign.include_segments = [lunch]
    campaign.save()
    guest(lunch)
    guest(lunch, consent=False)
    assert states(prepared(campaign, owner)) == {
        ("pending", ""): 1,
        ("skipped", "no_consent"): 1,
    }


def test_who_has_no_address_is_counted(campaign, guest, owner, lunch):
    campaign.include_segments = [lunch]
    campaign.save()
    guest(lunch, email=None)
    guest(lunch)
    assert states(prepared(campaign, owner))["skipped", "no_address"] == 1


def test_excluded_people_are_left_out(campaign, guest, owner, lunch, dinner):
    campaign.include_segments = [lunch]
    campaign.exclude_segments = [dinner]
    campaign.save()
    guest(lunch)
    guest(lunch, dinner)
    assert states(prepared(campaign, owner))["skipped", "excluded"] == 1


def test_an_exclusion_segment_always_loses(campaign, guest, owner, lunch):
    angry = factories.SegmentFactory(key="angry", excludes_always=True)
    guest(lunch, angry)
    guest()
    assert states(prepared(campaign, owner))["skipped", "excluded"] == 1


def test_three_hundred_contacts_with_one_address_get_one_message(
    campaign, guest, owner, lunch, dinner
):
    campaign.include_segments = [lunch, dinner]
    campaign.save()
    for n in range(300):
        guest(lunch, dinner, email=f"{'Hanako' if n % 2 else 'hanako'}@mail.example")
    counted = states(prepared(campaign, owner))
    assert counted == {("pending", ""): 1, ("skipped", "same_address"): 299}


def test_the_contact_with_consent_gets_it_when_an_address_is_shared(
    campaign, guest, owner, lunch
):
    campaign.include_segments = [lunch]
    campaign.save()
    guest(lunch, consent=False, email="both@mail.example")
    agreed = guest(lunch, email="both@mail.example")
    mailing = prepared(campaign, owner)
    assert mailing.deliveries.get(state="pending").contact == agreed


def test_the_address_that_agreed_is_used(campaign, guest, owner):
    contact = guest(email="agreed@mail.example")
    factories.PointFactory(contact=contact, value="other@mail.example", preferred=True)
    assert prepared(campaign, owner).deliveries.get().address == "agreed@mail.example"


def test_the_states_sum_to_the_audience(campaign, guest, owner, lunch, dinner):
    campaign.include_segments = [lunch]
    campaign.exclude_segments = [dinner]
    campaign.save()
    guest(lunch), guest(lunch, dinner), guest(lunch, consent=False)
    guest(lunch, email=None), guest(lunch, email="x@mail.example")
    guest(lunch, email="x@mail.example"), guest(dinner)
    mailing = prepared(campaign, owner)
    assert sum(states(mailing).values()) == mailing.audience_count == 6


def test_the_forecast_says_what_the_launch_does(campaign, guest, owner, lunch, dinner):
    campaign.include_segments = [lunch]
    campaign.exclude_segments = [dinner]
    campaign.save()
    guest(lunch), guest(lunch, dinner), guest(lunch, consent=False)
    guest(lunch, email=None), guest(lunch, email="x@mail.example")
    guest(lunch, email="x@mail.example"), guest(dinner)
    forecast = audience.forecast(audience.Plan.of(campaign))
    counted = states(prepared(campaign, owner))
    assert forecast.receive == counted["pending", ""] == 2
    assert dict(forecast.held) == {
        reason: n for (state, reason), n in counted.items() if state == "skipped"
    }
    assert forecast.audience == sum(counted.values())


def test_the_forecast_counts_open_inquiries_and_pauses(campaign, guest):
    factories.InquiryFactory(contact=guest())
    models.Preference.objects.create(
        contact=guest(), paused_until=timezone.localdate() + timezone.timedelta(days=3)
    )
    guest()
    forecast = audience.forecast(audience.Plan.of(campaign))
    assert dict(forecast.held) == {"open_inquiry": 1, "paused": 1}
    assert forecast.receive == 1


def test_the_forecast_costs_the_same_for_many_contacts(campaign, guest):
    def statements():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            audience.forecast(audience.Plan.of(campaign))
        return len(queries)

    guest()
    few = statements()
    for _n in range(30):
        guest()
    assert statements() == few <= 7


def test_a_launch_costs_the_same_for_many_contacts(
    campaign, guest, owner, lunch, dinner
):
    def statements():
        with CaptureQueriesContext(connection) as queries:
            prepared(campaign, owner)
        models.Mailing.objects.update(state="finished")
        return len(queries)

    def some(count):
        for _n in range(count):
            guest(lunch), guest(dinner), guest()

    some(1)
    few = statements()
    some(20)
    assert abs(statements() - few) <= 3


def test_a_launch_needs_a_published_campaign(body, owner):
    draft = make_campaign(body, live=False)
    with pytest.raises(NotLaunchable, match="not published"):
        launch(draft, by=owner, key=uuid.uuid4())


def test_a_sender_without_the_legal_facts_cannot_send(body, owner):
    campaign = make_campaign(body, sender=factories.SenderFactory(postal_address=""))
    with pytest.raises(NotLaunchable, match="postal address"):
        launch(campaign, by=owner, key=uuid.uuid4())


def test_an_unknown_merge_tag_in_a_variant_stops_the_launch(owner, db):
    campaign = make_campaign([text("{{ contact.shoe_size }}")])
    with pytest.raises(NotLaunchable, match="shoe_size"):
        launch(campaign, by=owner, key=uuid.uuid4())


def test_an_empty_mail_cannot_be_sent(owner, db):
    with pytest.raises(NotLaunchable, match="empty"):
        launch(make_campaign([]), by=owner, key=uuid.uuid4())


def test_a_double_click_launches_once(campaign, guest, owner):
    guest()
    key = uuid.uuid4()
    assert launch(campaign, by=owner, key=key) == launch(campaign, by=owner, key=key)
    assert models.Mailing.objects.count() == 1


def test_a_second_launch_waits_for_the_first(campaign, guest, owner):
    prepared(campaign, owner)
    with pytest.raises(NotLaunchable, match="already"):
        launch(campaign, by=owner, key=uuid.uuid4())


def test_a_relaunch_skips_who_got_it_already(campaign, guest, owner):
    guest()
    first = prepared(campaign, owner)
    first.deliveries.update(state="sent", sent_at=timezone.now())
    models.Mailing.objects.update(state="finished")
    guest()
    counted = states(prepared(campaign, owner))
    assert counted == {("pending", ""): 1, ("skipped", "same_address"): 1}


def test_editing_the_campaign_afterwards_changes_nothing_that_is_sent(
    campaign, guest, owner
):
    guest()
    mailing = launch(campaign, by=owner, key=uuid.uuid4())
    version = campaign.versions.first()
    version.subject, version.body = "OTHER", [text("OTHER")]
    version.save()
    queue.run_due("launch")
    rendering = mailing.renderings.get()
    assert "NEWS of the shop" in rendering.html
    assert "OTHER" not in rendering.html + rendering.subject


def test_a_new_member_after_the_launch_gets_nothing(campaign, guest, owner, lunch):
    campaign.include_segments = [lunch]
    campaign.save()
    guest(lunch)
    mailing = prepared(campaign, owner)
    guest(lunch)
    queue.run_due("launch", "deliver")
    assert mailing.deliveries.count() == 1


def test_whoever_leaves_a_segment_after_the_launch_was_filled_is_still_written_to(
    campaign, guest, owner, lunch
):
    """What was confirmed is sent; only a wish of the person takes somebody out."""
    campaign.include_segments = [lunch]
    campaign.save()
    stays, leaves, comes, wished = guest(lunch), guest(lunch), guest(), guest(lunch)
    mailing = prepared(campaign, owner)
    queue.run_due("launch")
    leaves.memberships.update(left_at=timezone.now())
    factories.MembershipFactory(segment=lunch, contact=comes)
    lunch.rule = [condition("language", languages=["en"])]
    lunch.save_revision().publish()
    ledger.withdraw(wished.points.get(), topic=campaign.topic, source="one-click")
    with time_machine.travel(mailing.starts_at + timezone.timedelta(minutes=1)):
        queue.run_due("deliver")
    states = dict(mailing.deliveries.values_list("contact", "state"))
    assert states == {stays.pk: "sent", leaves.pk: "sent", wished.pk: "skipped"}


class TestAPlannedLaunch:
    @pytest.fixture
    def tomorrow(self):
        return timezone.now() + timezone.timedelta(days=1)

    def test_it_goes_to_whoever_is_in_its_segments_at_its_hour(
        self, campaign, guest, owner, lunch, dinner, tomorrow
    ):
        campaign.include_segments, campaign.exclude_segments = [lunch], [dinner]
        campaign.save()
        leaves, comes, barred = guest(lunch), guest(), guest(lunch)
        mailing = prepared(campaign, owner, at=tomorrow)
        assert (mailing.state, mailing.deliveries.count()) == ("planned", 0)
        leaves.memberships.update(left_at=timezone.now())
        factories.MembershipFactory(segment=lunch, contact=comes)
        factories.MembershipFactory(segment=dinner, contact=barred)
        with time_machine.travel(tomorrow):
            queue.run_due("launch")
            mailing.refresh_from_db()
            assert mailing.state == "waiting"
        assert list(
            mailing.deliveries.values_list("contact", "reason").order_by("contact")
        ) == [(comes.pk, ""), (barred.pk, "excluded")]

    def test_it_can_be_taken_back_and_is_not_filled_then(
        self, campaign, guest, owner, tomorrow
    ):
        guest()
        mailing = prepared(campaign, owner, at=tomorrow)
        assert mailings.take_back(mailing, by=owner)
        with time_machine.travel(tomorrow):
            queue.run_due("launch", "deliver")
        assert not mailing.deliveries.exists()

    def test_one_that_was_slept_through_waits_for_a_word(
        self, campaign, guest, owner, tomorrow
    ):
        guest()
        mailing = prepared(campaign, owner, at=tomorrow)
        with time_machine.travel(tomorrow + timezone.timedelta(hours=2)):
            queue.run_due("launch", "deliver")
        mailing.refresh_from_db()
        assert (mailing.state, mail.outbox) == ("missed", [])

    def test_until_its_hour_its_segments_stay(
        self, client, campaign, guest, owner, tomorrow
    ):
        """Also those that the campaign no longer names."""
        guest()
        barred = factories.SegmentFactory(key="barred")
        campaign.exclude_segments = [barred]
        campaign.save()
        mailing = prepared(campaign, owner, at=tomorrow)
        campaign.exclude_segments = []
        campaign.save()
        client.force_login(owner)
        delete = reverse("crm_segment:delete", args=[barred.pk])
        client.post(delete)
        assert models.Segment.objects.filter(pk=barred.pk).exists()
        assert [kind.known for kind in places.places(barred, owner)] == [[mailing]]
        mailings.take_back(mailing, by=owner)
        client.post(delete)
        assert not models.Segment.objects.filter(pk=barred.pk).exists()

    @pytest.mark.parametrize("gone", [False, True])
    def test_without_a_segment_that_it_leaves_out_nothing_leaves(
        self, campaign, guest, owner, dinner, tomorrow, gone
    ):
        guest()
        campaign.exclude_segments = [dinner]
        campaign.save()
        mailing = prepared(campaign, owner, at=tomorrow)
        campaign.exclude_segments = []
        campaign.save()
        if gone:
            models.Segment.objects.filter(pk=dinner.pk).delete()
        else:
            models.Segment.objects.filter(pk=dinner.pk).update(active=False)
        with time_machine.travel(tomorrow):
            queue.run_due("launch", "deliver")
        mailing.refresh_from_db()
        assert mailing.state == "broken"
        words = "is gone" if gone else "“Dinner guests” is switched off"
        assert words in " ".join(problems_of_mailing(mailing))


@pytest.mark.parametrize("place", ["always", "excluded", "below"])
def test_who_was_published_a_moment_ago_is_worked_out_first(
    campaign, guest, owner, dinner, place
):
    """No worker came to the refresh yet, which the launch must not overtake."""
    guest()
    models.Contact.objects.update(language="en")
    english = [condition("language", languages=["en"])]
    models.Segment.objects.filter(pk=dinner.pk).update(
        rule=english, excludes_always=place == "always"
    )
    start_refresh(dinner)
    if place == "below":
        outer = factories.SegmentFactory(
            key="outer", rule=[condition("segment", segment="dinner", state="in")]
        )
        start_refresh(outer)
        campaign.exclude_segments = [outer]
    elif place == "excluded":
        campaign.exclude_segments = [dinner]
    campaign.save()
    assert states(prepared(campaign, owner)) == {("skipped", "excluded"): 1}


@pytest.fixture
def still(lunch):
    """Lunch guests, whose rule broke after they were counted last: what it read is gone."""
    since = timezone.now() - dt.timedelta(days=3)
    gone = [condition("segment", segment="gone", state="out")]
    rows = models.Segment.objects.filter(pk=lunch.pk)
    rows.update(rule=gone, frozen_at=since)
    start_refresh(lunch)
    return rows.get()


@pytest.mark.parametrize("how", ["include", "exclude"])
def test_a_segment_that_stands_still_decides_by_its_last_members(
    campaign, guest, owner, still, how
):
    inside, outside = guest(still), guest()
    getattr(campaign, f"{how}_segments").set([still])
    campaign.save()
    mailing = prepared(campaign, owner)
    queue.run_due("deliver")
    mailing.refresh_from_db()
    assert mailing.state == "finished"
    got = mailing.deliveries.filter(state="sent").values_list("contact", flat=True)
    assert list(got) == [(inside if how == "include" else outside).pk]
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("how", ["include", "exclude", "variant"])
def test_the_page_before_sending_warns_of_what_stands_still(
    client, owner, campaign, still, how
):
    if how != "variant":
        getattr(campaign, f"{how}_segments").set([still])
        campaign.save()
    client.force_login(owner)
    url = reverse("crm_campaign:send", args=[campaign.pk])
    day = date_format(timezone.localtime(still.frozen_at), "SHORT_DATE_FORMAT")
    assert f"“Lunch guests” stands still since {day}" in client.get(url).text
    models.Segment.objects.update(frozen_at=None)
    assert "stands still" not in client.get(url).text


def test_preparing_again_after_a_crash_doubles_nothing(campaign, guest, owner, lunch):
    campaign.include_segments = [lunch]
    campaign.save()
    guest(lunch), guest(lunch, consent=False), guest(lunch, email=None)
    mailing = prepared(campaign, owner)
    launching.fill(mailing, 1, 10**9)
    assert mailing.deliveries.count() == 3


def test_a_large_audience_is_filled_slice_by_slice(campaign, guest, owner, monkeypatch):
    monkeypatch.setattr(launching, "SLICE", 2)
    monkeypatch.setattr(launching, "BREATH", 0)
    for _n in range(5):
        guest(email="same@mail.example" if _n > 2 else f"g{_n}@mail.example")
    counted = states(prepared(campaign, owner))
    assert counted == {("pending", ""): 4, ("skipped", "same_address"): 1}


def test_nothing_leaves_before_the_grace_is_over(campaign, guest, owner, settings):
    settings.CRM_LAUNCH_GRACE_SECONDS = 60
    guest()
    mailing = prepared(campaign, owner)
    queue.run_due("deliver")
    mailing.refresh_from_db()
    assert mailing.state == "waiting"
    assert states(mailing) == {("pending", ""): 1}


def test_a_mailing_can_be_taken_back(campaign, guest, owner, settings):
    settings.CRM_LAUNCH_GRACE_SECONDS = 60
    guest()
    mailing = prepared(campaign, owner)
    assert mailings.take_back(mailing, by=owner)
    queue.run_due("launch", "deliver")
    assert states(mailing) == {("skipped", "cancelled"): 1}


def test_taking_back_while_it_is_prepared_leaves_nothing_waiting(
    campaign, guest, owner
):
    guest()
    mailing = launch(campaign, by=owner, key=uuid.uuid4())
    assert mailings.take_back(mailing, by=owner)
    queue.run_due("launch", "deliver")
    mailing.refresh_from_db()
    assert mailing.state == "cancelled"
    assert not mailing.deliveries.filter(state="pending").exists()


@pytest.fixture
def broken(campaign, guest, owner):
    """A mailing whose frozen text names a tag that is gone by now."""
    guest()
    mailing = launch(campaign, by=owner, key=uuid.uuid4())
    content = [{**mailing.content[0], "subject": "{{ contact.shoe_size }}"}]
    models.Mailing.objects.update(content=content)
    queue.run_due("launch")
    mailing.refresh_from_db()
    return mailing


def test_a_text_that_cannot_be_composed_waits_for_a_decision(broken):
    assert broken.state == "broken"
    assert "shoe_size" in " ".join(problems_of_mailing(broken))
    queue.run_due("deliver")
    assert mail.outbox == []


def test_a_broken_mailing_is_prepared_again_when_the_cause_is_gone(
    broken, campaign, owner
):
    models.Mailing.objects.update(
        content=[compose.content_of(version) for version in campaign.versions.all()]
    )
    assert prepare_again(broken, by=owner)
    queue.run_due("launch", "deliver")
    broken.refresh_from_db()
    assert (broken.state, len(mail.outbox)) == ("finished", 1)


def test_a_broken_mailing_can_be_taken_back(broken, owner):
    assert mailings.take_back(broken, by=owner)
    assert states(broken) == {("skipped", "cancelled"): 1}


def test_a_preparation_that_was_given_up_does_not_seem_to_go_on(campaign, owner):
    mailing = launch(campaign, by=owner, key=uuid.uuid4())
    queue.Work.objects.update(state=queue.Work.State.FAILED)
    queue.run_due("launch-watch")
    mailing.refresh_from_db()
    assert mailing.state == "broken"


@pytest.mark.parametrize("state", ["missed", "broken"])
def test_a_launch_that_waits_for_a_decision_blocks_the_next(
    campaign, guest, owner, state
):
    prepared(campaign, owner)
    models.Mailing.objects.update(state=state)
    with pytest.raises(NotLaunchable, match="already"):
        launch(campaign, by=owner, key=uuid.uuid4())


def test_each_contact_gets_the_version_in_their_language(campaign, guest, owner):
    english = models.Version(language="en", subject="Hello", body=[text("ENGLISH")])
    campaign.versions.add(english)
    campaign.save()
    guest(language="en")
    guest(language="ja")
    guest(language="")
    mailing = prepared(campaign, owner)
    assert Counter(mailing.deliveries.values_list("language", flat=True)) == {
        "ja": 2,
        "en": 1,
    }
    rendering = mailing.deliveries.get(language="en").rendering
    assert "ENGLISH" in rendering.html
    assert rendering.subject == "Hello"


def test_a_variant_by_a_segment_that_was_switched_off_is_shown_to_nobody(
    campaign, guest, owner, lunch
):
    guest(lunch)
    models.Segment.objects.filter(pk=lunch.pk).update(active=False)
    assert prepared(campaign, owner).deliveries.get().variant == "e"
