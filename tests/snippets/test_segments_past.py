"""The screens of a segment's past, and of why anybody is in it."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_plugin import models, queue
from crm_plugin.contacts import search
from crm_plugin.segments import past, schemes
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh
from tests import factories

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")
NOW = dt.datetime(2026, 6, 15, 12, tzinfo=TOKYO)
NEVER_BOUGHT = [condition("purchases", how="none", number=1, when="ever")]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def guest(clock):
    contact = factories.ContactFactory(family_name="Miller", given_name="")
    old = NOW - dt.timedelta(days=400)
    models.Contact.objects.filter(pk=contact.pk).update(created_at=old)
    return contact


@pytest.fixture
def segment(guest):
    found = factories.SegmentFactory(key="new", name="Never", rule=NEVER_BOUGHT)
    refresh(found)
    return found


@pytest.fixture
def marketer(client, role):
    client.force_login(role("marketer"))
    return client


def on(client, segment, day, **more):
    url = reverse("crm_segment:on_day", args=[segment.pk])
    return client.get(url, {"on": day, **more}).text


def test_a_day_since_it_is_there_is_told_as_recorded(marketer, segment):
    page = on(marketer, segment, "2026-06-15")
    assert "As recorded at the end of" in page
    assert "Miller" in page


def test_a_recorded_day_can_be_asked_by_the_rule_of_today_instead(marketer, segment):
    lately = [condition("created", when="last", days=1)]
    models.Segment.objects.filter(pk=segment.pk).update(rule=lately)
    assert "Miller" in on(marketer, segment, "2026-06-15")
    anew = on(marketer, segment, "2026-06-15", anew="on")
    assert "Of 06/15/2026 the members are recorded." in anew
    assert "Nobody here." in anew
    assert "was not there yet" not in anew


def test_a_day_before_is_recomputed_and_says_so(marketer, segment):
    page = on(marketer, segment, "2026-03-01")
    assert "<strong>Recomputed</strong>" in page
    assert "<strong>no purchase</strong> – the purchases" in page
    assert "Miller" in page
    assert "Miller" not in on(marketer, segment, "2025-01-01")


def test_a_day_that_cannot_be_told_names_the_lines_to_blame(marketer, segment):
    undated = [*NEVER_BOUGHT, condition("owner", owner="nobody")]
    models.Segment.objects.filter(pk=segment.pk).update(rule=undated)
    page = on(marketer, segment, "2026-03-01")
    assert "owner: nobody" in page
    assert "The owner of a contact is not dated." in page
    assert "Miller" not in page
    assert "As recorded" in on(marketer, segment, "2026-06-15")


@pytest.mark.parametrize("day", ["2026-06-16", "0225-01-01"])
def test_a_day_that_is_none_of_the_past_is_refused(marketer, segment, day):
    page = on(marketer, segment, day)
    assert 'class="error-message"' in page
    assert f'value="{day}"' in page


@pytest.mark.parametrize("day", ["", "tomorrow"])
def test_what_is_no_day_is_refused(marketer, segment, day):
    assert 'class="error-message"' in on(marketer, segment, day)


def test_a_broken_rule_says_what_is_wrong(marketer, segment):
    models.Segment.objects.filter(pk=segment.pk).update(rule=[])
    assert "The rule is empty." in on(marketer, segment, "2026-03-01")


def test_filling_the_history_draws_it_dashed_beside_what_was_recorded(
    marketer, segment, clock, owner
):
    url = reverse("crm_segment:fill_past", args=[segment.pk])
    assert marketer.get(url).status_code == 405
    page = marketer.post(url, {"months": "24"}, follow=True).text
    assert "crm-progress" in page
    queue.run_due(past.WORK)
    clock.shift(dt.timedelta(days=60))
    marketer.force_login(owner)
    page = marketer.get(reverse("crm_segment:inspect", args=[segment.pk])).text
    assert 'class="crm-chart__line recomputed"' in page
    assert 'class="crm-chart__line "' in page
    assert "1 (recomputed)" in page
    assert "The dashed line is recomputed" in page


def test_only_who_may_change_segments_fills_the_history(client, role, segment):
    client.force_login(role("staff"))
    url = reverse("crm_segment:fill_past", args=[segment.pk])
    client.post(url, {"months": "24"})
    assert past.work_of(segment) is None
    page = client.get(reverse("crm_segment:inspect", args=[segment.pk])).text
    assert "Fill history" not in page


@pytest.mark.parametrize("months", ["", "13", "x", "9" * 30])
def test_a_number_of_months_that_is_not_offered_starts_nothing(
    marketer, segment, months
):
    url = reverse("crm_segment:fill_past", args=[segment.pk])
    page = marketer.post(url, {"months": months}, follow=True).text
    assert "Choose for how many months." in page
    assert past.work_of(segment) is None


def test_a_rule_without_days_is_not_filled_and_the_page_says_why(marketer, segment):
    undated = [condition("language", languages=["en"])]
    models.Segment.objects.filter(pk=segment.pk).update(rule=undated)
    url = reverse("crm_segment:fill_past", args=[segment.pk])
    page = marketer.post(url, {"months": "12"}, follow=True).text
    assert "The language of a contact is not dated." in page
    assert "Fill history" not in page
    assert past.work_of(segment) is None


def test_the_panel_counts_months(marketer, segment):
    work = past.start_history(segment, 24)
    models.Work.objects.filter(pk=work.pk).update(position=5, state="running")
    url = reverse("crm_segment:past_progress", args=[segment.pk])
    assert marketer.get(url).json()["text"] == "5 of 24 months"


def test_a_past_day_asks_as_much_for_many_members_as_for_few(
    marketer, segment, guest, django_assert_max_num_queries
):
    on(marketer, segment, "2026-03-01")
    for number in range(12):
        contact = factories.ContactFactory(family_name=f"N{number}")
        old = NOW - dt.timedelta(days=300)
        models.Contact.objects.filter(pk=contact.pk).update(created_at=old)
    with django_assert_max_num_queries(20):
        assert "N11" in on(marketer, segment, "2026-03-01")
    refresh(segment)
    with django_assert_max_num_queries(20):
        assert "N11" in on(marketer, segment, "2026-06-15")


def test_who_may_see_no_contacts_sees_none_on_a_past_day(client, segment, outsider):
    names = ["access_admin", "view_segment"]
    outsider.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(outsider)
    assert "Miller" not in on(client, segment, "2026-03-01")


def test_anybody_is_found_by_name_and_explained(marketer, segment):
    other = factories.ContactFactory(family_name="Suzuki")
    factories.PurchaseFactory(contact=other, amount=500)
    search.refresh([other.pk])
    url = reverse("crm_segment:explain_whom", args=[segment.pk])
    assert "Suzuki" not in marketer.get(url, {"look_for": "Suzuki"}).text
    page = marketer.post(url, {"look_for": "Suzuki"}).text
    why = reverse("crm_segment:explain", args=[segment.pk, other.pk])
    assert why in page
    assert "does not belong to" in marketer.get(why).text
    assert "Nobody found." in marketer.post(url, {"look_for": "Nakamura"}).text


def took(segment, *times, kind="full"):
    """Refreshes that took so many milliseconds, the last of them now."""
    for back, milliseconds in enumerate(reversed(times)):
        models.SegmentRefresh.objects.create(
            segment=segment,
            kind=kind,
            at=NOW - dt.timedelta(hours=back),
            milliseconds=milliseconds,
            size=1,
        )


def members_page(client, segment):
    return client.get(reverse("crm_segment:inspect", args=[segment.pk])).text


def test_how_long_each_refresh_took_is_drawn_with_its_table(marketer, segment):
    took(segment, 340, kind="changes")
    took(segment, 2_500, 75_400)
    page = members_page(marketer, segment)
    drawn = page[page.index("<figcaption>How long each refresh took") :]
    for words in (
        "340 ms (changed contacts)",
        "2.5 s (all contacts)",
        "75 s (all contacts)",
    ):
        assert f"<td>{words}</td>" in drawn


def test_the_time_of_a_single_refresh_is_not_drawn(marketer, segment):
    assert "How long each refresh took" not in members_page(marketer, segment)


@pytest.mark.parametrize(
    ("times", "warned"),
    [
        ((60_000,), ""),
        ((61_000,), "The last refresh of all contacts took 61 s."),
        ((61_000, 2_000), ""),
        ((2_000, 2_100, 1_900, 9_000), "took 9.0 s. It used to take 2.0 s."),
        ((2_000, 1_900, 9_000), ""),
        ((9_000, 8_000, 9_000, 12_000), ""),
        ((20, 20, 20, 400), ""),
    ],
)
def test_a_slow_refresh_is_told_with_what_helps(marketer, segment, times, warned):
    segment.refreshes.all().delete()
    took(segment, *times)
    took(segment, 90_000, kind="changes")
    page = members_page(marketer, segment)
    assert warned in page
    assert ("Fewer conditions and shorter periods" in page) is bool(warned)


def test_a_class_says_that_its_scheme_is_refreshed_as_one(marketer, owner):
    scheme = schemes.create("kinds", "Kinds", by=owner)
    took(scheme.classes.get(), 70_000)
    page = members_page(marketer, scheme.classes.get())
    assert "All groups of its scheme are refreshed together." in page


def test_many_refreshes_cost_as_many_queries_as_few(marketer, segment):
    took(segment, 10, 20)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            members_page(marketer, segment)
        return len(queries)

    cost()
    few = cost()
    took(segment, *range(100, 140))
    assert cost() == few
