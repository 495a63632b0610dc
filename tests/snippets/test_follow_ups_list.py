import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from crm_plugin.contacts import records
from crm_plugin.snippets.follow_ups_list import state_of
from crm_plugin.touchpoints import follow_ups
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def step(contact, what, days=0, **more):
    due_on = timezone.localdate() + dt.timedelta(days=days)
    return follow_ups.plan(contact, due_on=due_on, what=what, **more)


@pytest.fixture
def steps(contact):
    late, soon, past = (
        step(contact, *said)
        for said in (("Call back", -2), ("Send prices", 3), ("Say thanks", -9))
    )
    follow_ups.done(past, by=None, outcome="Glad")
    return late, soon, past


@pytest.fixture
def listing():
    return reverse("crm_today:list")


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("", {"Call back", "Send prices"}),
        ("late", {"Call back"}),
        ("done", {"Say thanks"}),
        ("all", {"Call back", "Send prices", "Say thanks"}),
        ("nonsense", {"Call back", "Send prices"}),
    ],
)
def test_it_shows_open_steps_unless_others_are_asked_for(
    state, shown, steps, staff, listing
):
    html = staff.get(listing, {"state": state}).content.decode()
    assert {row.what for row in steps if row.what in html} == shown


def test_an_open_step_is_not_called_an_opened_mail(steps):
    with override("ja"):
        assert [state_of(row) for row in steps] == ["期限切れ", "未完了", "完了"]


def test_today_leads_to_it(staff, listing):
    assert listing in staff.get(reverse("crm_today:index")).content.decode()


def test_it_is_narrowed_to_one_owner_and_found_by_name(staff, contact, role, listing):
    colleague = role("owner")
    step(contact, "Mine", owner=colleague)
    step(records.create_contact({"contact.name": "Kobayashi Ken"}), "Theirs")
    mine = staff.get(listing, {"owner": colleague.pk}).content.decode()
    assert "Mine" in mine
    assert "Theirs" not in mine
    found = staff.get(listing, {"q": "Kobayashi"}).content.decode()
    assert "Theirs" in found
    assert "Mine" not in found


def exported(client, listing, **asked):
    answer = client.get(listing, {"export": "csv", **asked})
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_the_export_holds_what_the_list_shows(steps, login, owner, contact, listing):
    text = exported(login(owner), listing)
    assert "Call back" in text
    assert str(contact) in text
    assert "Say thanks" not in text
    done = exported(login(owner), listing, state="done")
    assert "Say thanks" in done
    assert "Glad" in done


def test_without_the_right_nothing_is_exported(steps, staff, listing):
    answer = staff.get(listing, {"export": "csv"})
    assert answer.status_code == 302
    assert "Content-Disposition" not in answer


def test_the_list_and_its_file_cost_the_same_for_many(contact, login, owner, listing):
    client = login(owner)

    def cost(read):
        with CaptureQueriesContext(connection) as queries:
            read()
        return len(queries)

    def both():
        return (
            cost(lambda: client.get(listing)),
            cost(lambda: exported(client, listing)),
        )

    step(contact, "First")
    both()
    few = both()
    for number in range(9):
        step(factories.ContactFactory(), f"Step {number}")
    assert both() == few
