import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from crm_plugin import models
from crm_plugin.contacts import changes
from crm_plugin.lifecycle import rhythm
from crm_plugin.segments.ready_made import condition
from crm_plugin.touchpoints import log
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def regular(contact):
    """Came every ten days, and then not for thirty."""
    today = timezone.localdate()
    for days in (50, 40, 30):
        on = today - dt.timedelta(days=days)
        at = timezone.now() - dt.timedelta(days=days)
        purchase = factories.PurchaseFactory(
            contact=contact, at=at, on=on, amount=1_000, channel="shop"
        )
        purchase.lines.create(name="Set A", amount=1_000)
    changes.note([contact.pk], "purchases")
    changes.drain()
    return contact


@pytest.fixture
def shown(client, owner):
    client.force_login(owner)
    return lambda contact: client.get(contact.get_admin_url())


def test_the_record_tells_frequency_rhythm_sales_and_worth(shown, regular):
    context = shown(regular).context
    assert (context["frequency"].days_90, context["trend"]) == (3, "up")
    assert [row.channel for row in context["channels_used"]] == ["shop"]
    assert context["late_days"] == 30
    assert context["uses_in_year"] == 3
    assert (context["sales"].net, context["sales"].net_365) == (3_000, 3_000)
    ltv = context["ltv"]
    assert (ltv.per_use, ltv.per_year) == (1_000, dt.timedelta(365).days / 10)
    assert ltv.value == 1_000 * 36.5 * 3 * 0.3
    assert context["last_touch_on"] == timezone.localdate() - dt.timedelta(days=30)


def test_each_factor_of_the_lifetime_value_says_where_it_is_from(shown, regular):
    models.CrmSettings.objects.create(ltv_years=5)
    text = shown(regular).content.decode()
    for said in ("net sales ÷ 3 uses", "usual gap of 10 days", "CRM settings"):
        assert said in text


def test_without_a_use_no_lifetime_value_is_made_up(shown, contact):
    assert shown(contact).context["ltv"] is None


def test_sales_need_the_right(client, outsider, regular):
    from django.contrib.auth.models import Permission

    outsider.user_permissions.add(Permission.objects.get(codename="view_contact"))
    client.force_login(outsider)
    text = client.get(regular.get_admin_url()).content.decode()
    assert "3,000" not in text


def test_the_last_three_of_their_own_words_are_shown(shown, contact):
    for number in range(4):
        at = timezone.now() - dt.timedelta(days=number)
        log.record(
            contact,
            "chat",
            channel="line",
            direction="in",
            body=f"Words {number}",
            at=at,
        )
    log.record(contact, "mail_out", channel="email", direction="out", body="Ours")
    words = [quote.text for quote in shown(contact).context["quotes"]]
    assert words == ["Words 0", "Words 1", "Words 2"]


def test_of_a_note_only_what_stands_in_quotation_marks_is_theirs(shown, contact, owner):
    body = "予算の相談。「20人なら予約したい」とのこと。"
    log.record(contact, "call", channel="phone", direction="both", body=body, by=owner)
    assert shown(contact).context["quotes"][0].text == "20人なら予約したい"


def test_what_we_noted_without_quotation_marks_is_not_theirs(shown, contact, owner):
    said = {"channel": "phone", "direction": "both", "by": owner}
    log.record(contact, "call", body="予算の相談を受けた。", **said)
    log.record(contact, "visit", body='Said "a quiet table" twice.', **said)
    log.record(contact, "mail_in", body="Their letter, typed in by us.", **said)
    words = {quote.text for quote in shown(contact).context["quotes"]}
    assert words == {"a quiet table", "Their letter, typed in by us."}


def test_every_segment_leads_to_its_why(shown, contact):
    stay = factories.MembershipFactory(contact=contact)
    text = shown(contact).content.decode()
    assert reverse("crm_segment:explain", args=[stay.segment_id, contact.pk]) in text
    assert reverse("crm_contact:why", args=[contact.pk]) in text


def test_all_segments_are_explained_line_by_line(client, owner, regular):
    rule = [condition("late")]
    segment = factories.SegmentFactory(name="Late", rule=rule, live=True)
    factories.SegmentFactory(name="A draft", live=False)
    client.force_login(owner)
    response = client.get(reverse("crm_contact:why", args=[regular.pk]))
    (told,) = response.context["told"]
    assert (told.segment, told.explanation.holds) == (segment, True)
    assert "30 days since the last use; usual gap: 10" in response.content.decode()


def test_a_sensitive_segment_is_not_explained_without_the_right(role, login, contact):
    factories.SegmentFactory(name="Ills", live=True, rule=[condition("late")])
    models.Segment.objects.update(reads_sensitive=True)
    response = login(role("marketer")).get(
        reverse("crm_contact:why", args=[contact.pk])
    )
    assert response.context["told"] == []


@pytest.mark.parametrize(("days", "late"), [(15, False), (16, True)])
def test_late_is_longer_away_than_one_and_a_half_times_the_usual_gap(
    contact, days, late
):
    today = timezone.localdate()
    for back in (days, days + 10, days + 20):
        at = timezone.now() - dt.timedelta(days=back)
        on = today - dt.timedelta(days=back)
        factories.PurchaseFactory(contact=contact, at=at, on=on, amount=500)
    changes.note([contact.pk], "purchases")
    changes.drain()
    uses = models.ContactUses.objects.get(pk=contact.pk)
    assert (uses.usual_gap_days, uses.late_on <= today) == (10, late)


def test_the_essentials_stand_above_everything_that_may_grow(shown, regular):
    """In columns as they are read at 1366 × 768; long cards and the history follow."""
    text = shown(regular).content.decode()
    ids = ["card-next", "card-quotes", "card-frequency", "card-uses", "card-money"]
    ids += ["card-consents", "card-segments"]
    story = text.index('id="story"')
    assert all(text.index(f'id="{name}"') < story for name in ids)
    first = {"card-next": "card-reach", "card-frequency": "card-about"}
    for essential, long in {**first, "card-segments": "card-places"}.items():
        assert text.index(f'id="{essential}"') < text.index(f'id="{long}"')


def test_uses_of_the_last_365_days_are_counted(contact):
    factories.uses(contact, 0, 364, 365, 800)
    assert rhythm.uses_in_year(contact.pk) == 2


def test_days_and_times_are_the_sites_wherever_the_reader_is(client, owner, contact):
    UserProfile.objects.create(user=owner, current_time_zone="America/New_York")
    noon = dt.datetime(2026, 3, 1, 12, 5, tzinfo=timezone.get_default_timezone())
    log.record(contact, "call", channel="phone", direction="in", body="x", at=noon)
    client.force_login(owner)
    for url in (
        contact.get_admin_url(),
        reverse("crm_contact:story", args=[contact.pk]),
    ):
        assert "12:05" in client.get(url).content.decode()


def test_the_record_costs_the_same_for_who_is_busy(shown, contact):
    def count():
        with CaptureQueriesContext(connection) as queries:
            shown(contact)
        return len(queries)

    def more():
        factories.InquiryFactory(contact=contact)
        factories.DealFactory(contact=contact)
        factories.BookingFactory(contact=contact)
        factories.MembershipFactory(contact=contact)
        factories.ConsentFactory(point=contact.points.first(), topic__key=str(len(few)))
        factories.TouchpointFactory(contact=contact, body="x", by=None)
        purchase = factories.PurchaseFactory(contact=contact)
        purchase.lines.create(name="Set A", amount=1_000)
        models.FollowUp.objects.create(
            contact=contact, due_on=timezone.localdate(), what="Call"
        )
        place = models.Organisation.objects.create(name=f"Firm {len(few)}")
        models.Affiliation.objects.create(contact=contact, organisation=place)

    few: list[int] = []
    for _ in range(4):
        more()
        few.append(count())
    assert few[-1] == few[1]


def test_every_role_reads_the_same_numbers(login, role, owner, regular):
    def told(user):
        client = login(user)
        context = client.get(regular.get_admin_url()).context
        days = context["frequency"]
        report = client.get(reverse("crm_report:show", args=["stages"]))
        return (
            (days.days_30, days.days_90, days.days_365, days.outbound_365),
            (context["sales"].net, context["sales"].count, context["ltv"].value),
            (context["uses"].count, context["uses_in_year"], context["late_days"]),
            report.content.decode().split("<table")[-1].split("</table>")[0],
        )

    first, *others = [told(user) for user in (owner, role("marketer"), role("staff"))]
    assert others == [first, first]


@pytest.fixture
def much_waits(contact):
    """Three who may be the same, two unconfirmed forms, and twenty segments."""
    for number in range(3):
        other = factories.ContactFactory(family_name=f"Twin {number}")
        models.SuspectedPair.objects.create(
            lower=contact, higher=other, score=0.9, reasons=["name"]
        )
    for number in range(2):
        models.Claim.objects.create(
            submission=factories.SubmissionFactory(),
            contact=contact,
            field="contact.given_name",
            label="First name",
            value="Ann",
            text=f"Ann {number}",
        )
    for number in range(20):
        factories.MembershipFactory(contact=contact, segment__key=f"seg-{number:02}")
    return contact


def folded(text, words):
    """Whether *words* stand inside a closed part of the page."""
    before = text[: text.index(words)]
    return before.rfind("<details") > before.rfind("</details>")


def test_what_waits_and_many_segments_leave_the_essentials_where_they_are(
    shown, much_waits
):
    text = shown(much_waits).content.decode()
    assert "2 changes from forms" in text
    assert "May be the same as Twin" in text.replace("\n", " ")
    for words in ("Ann 0", "Compare and merge", "seg-06"):
        assert folded(text, words), words
    assert not folded(text, 'id="card-next"')
    assert not folded(text, "seg-05")
    assert "<details open" not in text


def test_who_decides_finds_the_rest_of_what_waits_still_open(shown, much_waits):
    text = shown(much_waits).content.decode()
    back = f'value="{much_waits.get_admin_url()}#waits"'
    assert text.count(back) == 2 * 2 + 3


def test_one_suspect_is_one_line_and_needs_no_fold(shown, contact):
    other = factories.ContactFactory(family_name="Twin")
    models.SuspectedPair.objects.create(
        lower=contact, higher=other, score=0.9, reasons=["name"]
    )
    assert 'id="waits"' not in shown(contact).content.decode()
