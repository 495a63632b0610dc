"""The movement report: any scheme, any period, each cell leading to its people."""

import datetime as dt
import re
from html import unescape

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from crm_plugin.conf import CrmSettings
from crm_plugin.models import Contact, Operation, Segment, SegmentScheme
from crm_plugin.reports import kpi, periods
from tests import factories

pytestmark = pytest.mark.django_db
URL = "crm_report:show"


@pytest.fixture
def abc(time_machine):
    time_machine.move_to("2026-11-22T03:00:00+00:00")
    scheme = SegmentScheme.objects.create(key="abc", name="A/B/C")
    SegmentScheme.objects.update(created_at=timezone.now() - dt.timedelta(days=400))
    for place, key in enumerate(("a", "b")):
        factories.SegmentFactory(key=key, name=key.upper(), scheme=scheme, place=place)
    return scheme


def moved(language, before="a", after="b", days=10):
    contact = factories.ContactFactory(language=language)
    now = timezone.now()
    middle = now - dt.timedelta(days=days)
    for key, since, until in (
        (before, now - dt.timedelta(days=300), middle),
        (after, middle, None),
    ):
        factories.MembershipFactory(
            segment=Segment.objects.get(key=key),
            contact=contact,
            entered_at=since,
            left_at=until,
        )
    return contact


def page(client, **asked):
    return client.get(reverse(URL, args=["movement"]), asked)


def cells(text):
    """Where the cells of the table lead, by their figure."""
    found = re.findall(r'<td><a href="([^"]+)">([\d,]+)</a>', text)
    return [(unescape(url), number) for url, number in found]


def test_a_quarter_and_a_year_start_with_the_fiscal_year(time_machine):
    time_machine.move_to("2026-11-22T03:00:00+00:00")
    day = dt.date
    today = day(2026, 11, 22)
    expected = {
        "quarter": (day(2026, 10, 1), today),
        "last_quarter": (day(2026, 7, 1), day(2026, 9, 30)),
        "year": (day(2026, 4, 1), today),
        "last_year": (day(2025, 4, 1), day(2026, 3, 31)),
    }
    for name, (first, last) in expected.items():
        assert periods.between(name) == periods.Between(first, last)


def test_a_year_that_began_last_year_is_found(time_machine):
    time_machine.move_to("2026-02-10T03:00:00+00:00")
    assert periods.between("year").first == dt.date(2025, 4, 1)
    assert periods.between("last_quarter").first == dt.date(2025, 10, 1)


@pytest.mark.parametrize(
    ("start", "quarter", "year", "last_year"),
    [
        (1, "2026-10-01", "2026-01-01", "2025-01-01"),
        (2, "2026-11-01", "2026-02-01", "2025-02-01"),
        (6, "2026-09-01", "2026-06-01", "2025-06-01"),
        (11, "2026-11-01", "2026-11-01", "2025-11-01"),
        (12, "2026-09-01", "2025-12-01", "2024-12-01"),
    ],
)
def test_a_fiscal_year_begins_in_the_month_that_the_owner_chose(
    db, time_machine, start, quarter, year, last_year
):
    time_machine.move_to("2026-11-22T03:00:00+00:00")
    CrmSettings.objects.create(fiscal_year_start=start)
    day, today = dt.date.fromisoformat, dt.date(2026, 11, 22)
    assert periods.between("quarter") == periods.Between(day(quarter), today)
    assert periods.between("year") == periods.Between(day(year), today)
    yesterday = day(year) - dt.timedelta(days=1)
    assert periods.between("last_year") == periods.Between(day(last_year), yesterday)


def test_every_cell_leads_to_exactly_its_people(client, owner, abc):
    client.force_login(owner)
    movers = [moved("en") for _number in range(2)]
    moved("ja", "b", "b", days=200)
    text = page(client, scheme="abc", period="quarter").text
    assert "A/B/C" in text
    found = dict(cells(text))
    assert found
    for url, number in cells(text):
        shown = client.get(url)
        assert f"{number} contact" in shown.text
    move = next(url for url in found if '"before":"a","after":"b"' in unquoted(url))
    shown = client.get(move).text
    assert all(contact.name in shown for contact in movers)
    assert "a move from “A/B/C: A” to “A/B/C: B” from" in shown


def unquoted(url):
    from urllib.parse import unquote_plus

    return unquote_plus(url)


def test_the_people_of_a_cell_become_a_segment_or_are_picked(client, owner, abc):
    client.force_login(owner)
    moved("en")
    url = next(
        url
        for url, _number in cells(page(client, scheme="abc").text)
        if '"before":"a","after":"b"' in unquoted(url)
    )
    query = url.partition("?")[2]
    client.post(f"{reverse('crm_contact:save_segment')}?{query}")
    draft = Segment.objects.get(scheme=None)
    assert not draft.live
    assert draft.rule[0].block_type == "moved"
    assert (
        "1</strong> contact"
        in client.get(f"{reverse('crm_contact:bulk')}?{query}&do=pick").text
    )


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"period": "dates", "first": "2026-09-01"}, "Please fill this in."),
        (
            {"period": "dates", "first": "2026-09-02", "last": "2026-09-01"},
            "The first date must be the earlier one.",
        ),
        (
            {"period": "dates", "first": "2026-09-02", "last": "2026-12-24"},
            "This day has not come yet.",
        ),
        ({"period": "dates", "first": "soon", "last": "2026-09-01"}, "valid date"),
        ({"period": "fortnight"}, "Select a valid choice"),
        ({"scheme": "nothing"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_a_period_is_said_beside_the_field(
    client, owner, abc, asked, problem
):
    client.force_login(owner)
    shown = page(client, **asked)
    assert problem in shown.text
    assert "crm-numbers" not in shown.text
    assert (
        page(client, **asked, export="csv")
        .headers["Content-Type"]
        .startswith("text/html")
    )


def test_own_days_are_counted_and_stay_in_the_form(client, owner, abc):
    client.force_login(owner)
    moved("en", days=100)
    asked = {
        "scheme": "abc",
        "period": "dates",
        "first": "2026-08-01",
        "last": "2026-08-31",
    }
    text = page(client, **asked).text
    assert 'value="2026-08-01"' in text
    assert any('"before":"a","after":"b"' in unquoted(url) for url, _n in cells(text))


def test_the_file_is_of_the_same_days_and_needs_the_right(client, owner, role, abc):
    moved("en")
    asked = {"scheme": "abc", "period": "quarter", "export": "csv"}
    client.force_login(owner)
    assert (
        "scheme=abc&amp;period=quarter&amp;export=csv"
        in page(client, scheme="abc", period="quarter").text
    )
    told = page(client, **asked).getvalue().decode("utf-8-sig")
    assert told.splitlines()[1].startswith("A,0,1,")
    assert Operation.objects.filter(kind="export").count() == 1
    client.force_login(role("staff"))
    assert page(client, **asked).status_code in {302, 403}


def test_who_may_not_see_contacts_sees_totals_that_lead_nowhere(
    client, django_user_model, abc
):
    from django.contrib.auth.models import Permission

    reader = django_user_model.objects.create_user("reader")
    for codename in ("view_campaign", "view_segment", "access_admin"):
        reader.user_permissions.add(Permission.objects.get(codename=codename))
    moved("en")
    client.force_login(reader)
    text = page(client, scheme="abc").text
    assert "crm-numbers" in text
    assert cells(text) == []


def test_a_scheme_says_since_when_it_is_known(client, owner, abc):
    client.force_login(owner)
    SegmentScheme.objects.update(created_at=timezone.now())
    assert "known since" in page(client, scheme="abc").text
    assert "known since" not in page(client).text


def publish(key, day, time_machine, by=None):
    """Publish a class as it is on that day of November, and come back."""
    now = timezone.now()
    time_machine.move_to(f"2026-{day}T03:00:00+00:00")
    Segment.objects.get(key=key).save_revision(user=by).publish(user=by)
    time_machine.move_to(now)


def notes(text):
    return [unescape(note) for note in re.findall(r"Classes were.*?</div>", text, re.S)]


def test_classes_that_were_published_within_the_days_are_named(
    client, owner, abc, time_machine
):
    other = factories.SegmentFactory(key="other", name="Other")
    for key, day in (("a", "10-02"), ("b", "09-30"), (other.key, "10-03")):
        publish(key, day, time_machine)
    client.force_login(owner)
    (note,) = notes(page(client, scheme="abc", period="quarter").text)
    history = reverse("crm_segment:history", args=[Segment.objects.get(key="a").pk])
    assert f'<a href="{history}">A</a> (10/02/2026)' in note
    assert "(09/30" not in note
    assert "Other" not in note
    assert notes(page(client, scheme="abc", period="last_year").text) == []
    assert notes(page(client).text) == []


def test_what_the_clock_published_is_named_too(client, owner, abc, time_machine):
    klass, now = Segment.objects.get(key="a"), timezone.now()
    time_machine.move_to("2026-11-02T03:00:00+00:00")
    klass.go_live_at = timezone.now() + dt.timedelta(hours=1)
    klass.save_revision().publish()
    assert notes_of(abc) == []
    time_machine.move_to("2026-11-03T03:00:00+00:00")
    call_command("publish_scheduled")
    time_machine.move_to(now)
    assert "(11/03/2026)" in notes_of(abc)[0]


def notes_of(abc):
    asked = {"standing": scheme_of(abc)}
    found = kpi.get("movement").result(asked=asked).notes
    return [note for note in found if "were published" in note]


def test_the_latest_five_publications_are_named_and_the_others_counted(
    abc, time_machine
):
    for day in range(1, 9):
        for _twice in range(2):
            publish("ab"[day % 2], f"11-0{day}", time_machine)
    (note,) = notes_of(abc)
    assert note.count("/2026") == 5
    assert note.index("11/08") < note.index("11/04")
    assert note.endswith("and 3 more")


def test_who_may_not_change_segments_is_told_without_a_link(
    client, django_user_model, abc, time_machine
):
    from django.contrib.auth.models import Permission

    publish("a", "11-02", time_machine)
    reader = django_user_model.objects.create_user("reader")
    for codename in ("view_campaign", "view_segment", "access_admin"):
        reader.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(reader)
    (note,) = notes(page(client, scheme="abc").text)
    assert "A (11/02/2026)" in note
    assert "href" not in note


def test_sums_match(abc):
    moved("en")
    moved("ja", "b", "b", days=200)
    newcomer, gone = factories.ContactFactory.create_batch(2)
    now = timezone.now()
    b = Segment.objects.get(key="b")
    factories.MembershipFactory(segment=b, contact=newcomer, entered_at=now)
    factories.MembershipFactory(
        segment=b,
        contact=gone,
        entered_at=now - dt.timedelta(days=99),
        left_at=now - dt.timedelta(days=1),
    )
    days = periods.between("quarter")
    asked = {"standing": scheme_of(abc), "between": days}
    result = kpi.get("movement").result(asked=asked)
    table = {row[0]: row[1:] for row in result.rows}
    #             A  B  gone  start  left
    assert table["A"] == [0, 1, 0, 1, 1]
    assert table["B"] == [0, 1, 1, 2, 1]
    assert table["not yet known"][:3] == [0, 1, 0]
    assert table["At the end"] == [0, 3, 1, 3, 2]
    assert table["Came in"][:3] == [0, 2, 1]
    assert table["Never changed"][:4] == [0, 1, 0, 1]
    assert result.figures["moved"] == 3


def scheme_of(abc):
    from crm_plugin.segments.movement import Scheme

    return Scheme(abc.pk, abc)


def test_queries_do_not_grow_with_people_classes_or_publications(
    client, owner, abc, time_machine
):
    client.force_login(owner)
    publish("a", "11-02", time_machine)

    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page(client, scheme="abc")
        return len(queries)

    moved("en")
    page(client, scheme="abc")
    few = cost()
    for number in range(6):
        factories.SegmentFactory(key=f"k{number}", scheme=abc, place=number + 2)
        moved("en", "a", f"k{number}")
        for _time in range(3):
            publish(f"k{number}", "11-02", time_machine)
    assert cost() <= few


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_opens_in_both_languages(client, owner, abc, language):
    UserProfile.objects.create(user=owner, preferred_language=language)
    client.force_login(owner)
    moved("en")
    assert Contact.objects.exists()
    shown = page(client, scheme="abc").text
    assert ("区分間の移動" in shown) is (language == "ja")
