"""The queue of pairs, its acts, and the notice on the record."""

import csv

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from crm_plugin import queue
from crm_plugin.contacts.duplicates import pairs, search
from crm_plugin.models import Change, SuspectedPair
from crm_plugin.snippets.duplicates import listing
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def make_pair(score=0.999, reasons=("same_name", "same_phone", "other_email")):
    lower, higher = (
        factories.ContactFactory(email=f"guest{number}@mail.example", phone="+81901234")
        for number in range(2)
    )
    return SuspectedPair.objects.create(
        lower=lower, higher=higher, score=score, reasons=list(reasons)
    )


@pytest.fixture
def pair(db):
    return make_pair()


@pytest.fixture
def page(staff, url):
    """The text of the list."""

    def read(**asked):
        return staff.get(url("crm_duplicate:index"), asked).content.decode()

    return read


class TestTheList:
    def test_it_shows_both_side_by_side_with_reasons_for_and_against(self, page, pair):
        text = page()
        for shown in (
            pair.lower.name,
            pair.higher.name,
            "guest0@mail.example",
            "guest1@mail.example",
            "very likely",
            "same phone number",
            "another e-mail address",
        ):
            assert escape(shown) in text

    def test_the_likeliest_stands_first(self, page):
        possible, likely = make_pair(0.7), make_pair(0.95)
        text = page()
        assert text.index(f'"pair-{likely.pk}"') < text.index(f'"pair-{possible.pk}"')

    def test_it_narrows_to_one_strength(self, page):
        possible, likely = make_pair(0.7), make_pair(0.95)
        text = page(strength="likely")
        assert f'"pair-{likely.pk}"' in text
        assert f'"pair-{possible.pk}"' not in text

    def test_a_strength_that_does_not_exist_shows_all(self, page, pair):
        assert f'"pair-{pair.pk}"' in page(strength="nonsense", p="x", said="x")

    def test_it_goes_page_by_page(self, page):
        for _number in range(21):
            make_pair()
        assert page().count('"crm-pair"') == 20
        assert page(p=2).count('"crm-pair"') == 1

    def test_it_costs_the_same_for_many(
        self, staff, url, pair, django_assert_max_num_queries
    ):
        staff.get(url("crm_duplicate:index"))
        with django_assert_max_num_queries(20) as few:
            staff.get(url("crm_duplicate:index"))
        for _number in range(5):
            make_pair()
        with django_assert_max_num_queries(len(few)):
            staff.get(url("crm_duplicate:index"))

    def test_an_empty_list_says_what_to_do(self, page):
        assert "were not compared yet" in page()
        search.search_now()
        assert "nobody seems to be on record twice" in page()
        assert "No pair of this kind waits" in page(strength="likely")
        assert "Nobody has said" in page(strength="dismissed")

    def test_a_pair_with_an_archived_contact_does_not_wait(self, page, pair):
        pair.lower.archived_at = pair.lower.created_at
        pair.lower.save()
        assert f'"pair-{pair.pk}"' not in page()


class TestTheFile:
    @pytest.fixture
    def lines(self, owner, login, url):
        client = login(owner)

        def read(**asked):
            answer = client.get(url("crm_duplicate:index"), {"export": "csv", **asked})
            text = b"".join(answer.streaming_content).decode("utf-8-sig")
            return list(csv.DictReader(text.splitlines()))

        return read

    def test_it_holds_both_records_and_the_reasons(self, lines, pair):
        (line,) = lines()
        assert line["Contact"] == pair.lower.name
        assert line["Contact (other)"] == pair.higher.name
        assert line["E-mail"] == "guest0@mail.example"
        assert line["E-mail (other)"] == "guest1@mail.example"
        assert line["How likely"] == "very likely"
        assert line["Reasons"] == "same name, same phone number"
        assert line["Against it"] == "another e-mail address"

    def test_it_holds_all_pages_of_one_tab(self, lines, owner):
        for _n in range(listing.PER_PAGE + 1):
            make_pair(0.7)
        said = make_pair(0.95)
        assert len(lines(strength="possible")) == listing.PER_PAGE + 1
        pairs.dismiss(said, by=owner)
        (line,) = lines(strength="dismissed")
        assert line["Said by"] == str(owner)

    def test_it_stands_in_the_journal(self, lines, pair):
        lines()
        change = Change.objects.get(model="suspectedpair")
        assert (change.operation.kind, change.new["rows"]) == ("export", 1)

    def test_who_may_not_export_reads_so(self, staff, url, pair):
        answer = staff.get(url("crm_duplicate:index"), {"export": "csv"}, follow=True)
        assert "You have no right to export" in answer.content.decode()
        assert "export=csv" not in answer.content.decode()

    def test_it_costs_the_same_for_many(self, lines):
        def cost():
            with CaptureQueriesContext(connection) as asked:
                lines()
            return len(asked)

        make_pair()
        cost()
        few = cost()
        for _n in range(20):
            make_pair()
        assert cost() == few


class TestNotTheSame:
    def test_it_is_remembered_with_who_said_it(self, staff, url, pair):
        staff.post(url("crm_duplicate:dismiss", pair.pk))
        pair.refresh_from_db()
        assert pair.dismissed_by.username == "staff"

    def test_it_can_be_undone_at_once(self, staff, url, pair):
        answer = staff.post(url("crm_duplicate:dismiss", pair.pk), follow=True)
        back = url("crm_duplicate:restore", pair.pk)
        assert back in answer.content.decode()
        staff.post(back)
        pair.refresh_from_db()
        assert pair.dismissed_at is None

    def test_it_can_be_undone_later(self, staff, url, page, pair):
        staff.post(url("crm_duplicate:dismiss", pair.pk))
        assert f'"pair-{pair.pk}"' not in page()
        text = page(strength="dismissed")
        assert url("crm_duplicate:restore", pair.pk) in text
        assert "said staff" in text

    def test_a_colleague_who_was_slower_is_told(self, staff, url, pair):
        staff.post(url("crm_duplicate:dismiss", pair.pk))
        again = staff.post(url("crm_duplicate:dismiss", pair.pk), follow=True)
        assert "Somebody said so already." in again.content.decode()

    def test_the_list_stays_as_it_was_narrowed(self, staff, url, pair):
        answer = staff.post(
            url("crm_duplicate:dismiss", pair.pk), {"strength": "likely"}
        )
        assert answer["Location"].endswith(f"?said={pair.pk}&strength=likely")


class TestSearchNow:
    def test_it_starts_one_search_and_shows_how_far_it_is(self, staff, url, page):
        for _twice in range(2):
            staff.post(url("crm_duplicate:search"))
        assert queue.Work.objects.filter(kind=search.KIND).count() == 1
        assert url("crm_duplicate:progress") in page()

    def test_progress_tells_counts_alone(self, staff, url, pair):
        staff.post(url("crm_duplicate:search"))
        told = staff.get(url("crm_duplicate:progress")).json()
        assert told["done"] is False
        search.search_now()
        assert staff.get(url("crm_duplicate:progress")).json()["done"] is True

    def test_a_search_that_failed_says_so(self, staff, url, page):
        staff.post(url("crm_duplicate:search"))
        queue.Work.objects.update(state="failed")
        assert "stopped before its end" in page()


class TestTheRecord:
    def test_it_says_who_it_may_also_be(self, staff, pair):
        text = staff.get(pair.higher.get_admin_url()).content.decode()
        assert "May be the same as" in text
        assert pair.lower.get_admin_url() in text

    def test_it_says_nothing_after_not_the_same(self, staff, url, pair):
        here = pair.higher.get_admin_url()
        answer = staff.post(url("crm_duplicate:dismiss", pair.pk), {"next": here})
        assert answer["Location"] == here
        assert "May be the same as" not in staff.get(here).content.decode()

    def test_a_marketer_is_not_asked(self, login, role, pair):
        text = login(role("marketer")).get(pair.higher.get_admin_url())
        assert "May be the same as" not in text.content.decode()


class TestTheWayToTheMerge:
    def test_it_opens_with_the_older_record_as_the_survivor(self, staff, page, pair):
        asked = f"?survivor={pair.lower_id}&amp;duplicate={pair.higher_id}"
        text = page()
        assert asked in text
        start = text.rindex('"', 0, text.index(asked)) + 1
        opened = staff.get(text[start : text.index(asked)] + asked.replace("amp;", ""))
        assert opened.status_code == 200
        assert pair.higher.name in opened.content.decode()

    def test_the_record_leads_there_too(self, staff, pair):
        text = staff.get(pair.lower.get_admin_url()).content.decode()
        assert f"?survivor={pair.lower_id}&amp;duplicate={pair.higher_id}" in text
