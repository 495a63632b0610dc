"""A next step is worked with wherever it stands: done, put off, changed, undone."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_plugin.models import FollowUp
from crm_plugin.touchpoints import follow_ups
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def step(contact, days=5, what="Call about Friday", **more):
    due_on = timezone.localdate() + dt.timedelta(days=days)
    return follow_ups.plan(contact, due_on=due_on, what=what, **more)


@pytest.fixture
def ahead(contact):
    return step(contact)


@pytest.fixture
def places(contact):
    """The record, the deal and the list, each of which shows the contact's steps."""
    deal = factories.DealFactory(contact=contact)
    return {
        "record": contact.get_admin_url(),
        "deal": deal.get_admin_url(),
        "list": reverse("crm_today:list"),
    }


def act(name, row):
    return reverse(f"crm_today:{name}", args=[row.pk])


def text(answer):
    return answer.content.decode()


@pytest.mark.parametrize("place", ["record", "deal", "list"])
class TestEverywhere:
    def test_a_step_that_lies_ahead_can_be_worked_with(
        self, place, places, staff, ahead
    ):
        page = text(staff.get(places[place]))
        assert all(act(name, ahead) in page for name in ("done", "move", "edit"))
        assert 'name="outcome"' in page

    def test_who_may_only_look_gets_no_buttons(self, place, places, login, role, ahead):
        page = text(login(role("marketer")).get(places[place]))
        assert "Call about Friday" in page
        assert act("done", ahead) not in page

    def test_it_leads_back_to_where_it_was_pressed(self, place, places, staff, ahead):
        page = staff.get(places[place])
        back = f'name="next" value="{places[place]}'
        assert back in text(page)

    def test_many_steps_cost_as_many_queries_as_one(
        self, place, places, staff, contact, ahead, owner
    ):
        def cost():
            with CaptureQueriesContext(connection) as queries:
                staff.get(places[place])
            return len(queries)

        follow_ups.done(step(contact, what="Long done"), by=owner)
        step(contact, what="Somebody's", owner=owner)
        cost()
        few = cost()
        for number in range(4):
            step(contact, what=f"Step {number}", owner=owner, phase="sales")
        assert cost() == few


@pytest.mark.parametrize("place", ["record", "deal"])
def test_what_was_done_today_can_be_undone_there(place, places, staff, ahead, owner):
    follow_ups.done(ahead, by=owner, outcome="She called early")
    page = text(staff.get(places[place]))
    assert "She called early" in page
    assert act("undo", ahead) in page


def test_the_list_of_what_is_done_offers_to_undo(places, staff, ahead, owner):
    follow_ups.done(ahead, by=owner)
    assert act("undo", ahead) in text(staff.get(places["list"], {"state": "done"}))


def test_the_next_page_of_the_list_leads_back_to_the_whole_page(staff, ahead):
    results = reverse("crm_today:list_results")
    page = text(staff.get(results, {"q": "Friday"}))
    assert f'name="next" value="{reverse("crm_today:list")}?q=Friday"' in page


def test_the_outcome_is_kept_and_told(staff, places, ahead):
    said = {"outcome": "Comes on Sunday", "next": places["record"]}
    page = text(staff.post(act("done", ahead), said, follow=True))
    assert "is done." in page
    assert FollowUp.objects.get().outcome == "Comes on Sunday"


@pytest.mark.parametrize("outcome", ["x" * 201, "nul\x00"])
def test_an_outcome_that_cannot_be_kept_ticks_nothing_off(staff, ahead, outcome):
    page = text(staff.post(act("done", ahead), {"outcome": outcome}, follow=True))
    assert "Not saved." in page
    assert FollowUp.objects.get().done_at is None


@pytest.mark.parametrize(
    ("day", "why"),
    [("2020-01-31", "That day is over."), ("9999-01-31", "Please check the year.")],
)
def test_a_day_that_makes_no_sense_moves_nothing(staff, ahead, day, why):
    page = text(staff.post(act("move", ahead), {"due_on": day}, follow=True))
    assert why in page
    assert FollowUp.objects.get().due_on == ahead.due_on


class TestEdit:
    @pytest.fixture
    def typed(self, ahead):
        return {"what": "Write", "due_on": ahead.due_on.isoformat()}

    def test_it_changes_what_when_by_whom_by_what_and_the_phase(
        self, staff, ahead, owner, contact
    ):
        day = timezone.localdate() + dt.timedelta(days=30)
        said = {
            "what": "Write to her",
            "due_on": day.isoformat(),
            "owner": owner.pk,
            "channel": "email",
            "phase": "success",
        }
        answer = staff.post(act("edit", ahead), said)
        assert answer.url == contact.get_admin_url()
        now = FollowUp.objects.get()
        assert (now.what, now.due_on, now.owner) == ("Write to her", day, owner)
        assert (now.channel, now.phase) == ("email", "success")
        assert "Write to her" in text(staff.get(contact.get_admin_url()))

    def test_it_tells_who_planned_it(self, staff, contact, owner):
        owner.last_name = "Planner"
        owner.save()
        assert "Planner" in text(staff.get(act("edit", step(contact, by=owner))))

    def test_a_day_that_is_over_stays_but_no_other_is_taken(self, staff, contact):
        late = step(contact, -3)
        said = {"what": "Write", "due_on": late.due_on.isoformat()}
        assert staff.post(act("edit", late), said).status_code == 302
        earlier = late.due_on - dt.timedelta(days=1)
        page = staff.post(act("edit", late), said | {"due_on": earlier.isoformat()})
        assert page.context["form"].errors == {"due_on": ["That day is over."]}

    def test_what_is_wrong_is_told_beside_the_field_and_kept(self, staff, ahead, typed):
        page = staff.post(act("edit", ahead), typed | {"what": "", "phase": "nonsense"})
        assert set(page.context["form"].errors) == {"what", "phase"}
        assert FollowUp.objects.get().what == "Call about Friday"

    def test_one_that_was_ticked_off_meanwhile_is_not_changed(
        self, staff, ahead, typed, owner
    ):
        follow_ups.done(ahead, by=owner)
        page = text(staff.post(act("edit", ahead), typed))
        assert "Somebody has ticked this off already." in page
        assert 'value="Write"' in page

    def test_looking_changes_nothing(self, staff, ahead):
        staff.get(act("edit", ahead))
        assert FollowUp.objects.get().what == "Call about Friday"


class TestPhases:
    """Whoever plans a step says which phase it belongs to, or leaves the usual one."""

    day = dt.date(2030, 1, 31).isoformat()

    @pytest.mark.parametrize("phase", ["", "success"])
    def test_from_the_record(self, staff, contact, phase):
        url = reverse("crm_contact:follow_up", args=[contact.pk])
        said = {"step-what": "Call", "step-due_on": self.day, "step-phase": phase}
        staff.post(url, said)
        assert FollowUp.objects.get().phase == phase

    @pytest.mark.parametrize(("phase", "kept"), [("", "sales"), ("success", "success")])
    def test_from_a_deal(self, staff, contact, phase, kept):
        deal = factories.DealFactory(contact=contact)
        url = reverse("crm_deal:step", args=[deal.pk])
        said = {"step-what": "Call", "step-due_on": self.day, "step-phase": phase}
        staff.post(url, said)
        assert FollowUp.objects.get().phase == kept

    @pytest.mark.parametrize(
        ("phase", "kept"), [("", "support"), ("success", "success")]
    )
    def test_after_an_answer(self, staff, inquiry, phase, kept):
        url = reverse("crm_inquiry:next", args=[inquiry.pk])
        staff.post(url, {"what": "Ask", "quick": self.day, "phase": phase})
        assert FollowUp.objects.get().phase == kept

    @pytest.mark.parametrize(("phase", "kept"), [("", "sales"), ("success", "success")])
    def test_with_a_note(self, staff, contact, phase, kept):
        url = reverse("crm_touchpoint:add", args=[contact.pk])
        said = {"happened": "call_in", "summary": "Menus", "key": "k", "phase": "sales"}
        step = {"next_what": "Call", "next_on": self.day, "next_phase": phase}
        staff.post(url, said | step)
        assert FollowUp.objects.get().phase == kept

    def test_with_a_call(self, staff, contact):
        url = reverse("crm_call:contact", args=[contact.pk])
        said = {"reason": "question", "result": "call_back", "key": "k", "side": "in"}
        staff.post(url, said | {"next_phase": "sales"})
        assert FollowUp.objects.get().phase == "sales"

    def test_who_planned_it_is_told_in_the_record(self, staff, contact):
        url = reverse("crm_contact:follow_up", args=[contact.pk])
        staff.post(url, {"step-what": "Call", "step-due_on": self.day})
        assert "Next step planned" in text(staff.get(contact.get_admin_url()))
