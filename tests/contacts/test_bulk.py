"""One change to everybody whom a rule chooses, journalled, and taken back."""

import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm_plugin import queue, rules
from crm_plugin.contacts import bulk, bulk_undo, records, values
from crm_plugin.models import (
    BulkEdit,
    Change,
    Contact,
    ContactChange,
    ContactValue,
    Operation,
)
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db
JAPANESE = [condition("language", languages=["ja"])]


@pytest.fixture(autouse=True)
def no_breath(monkeypatch):
    monkeypatch.setattr(bulk, "BREATH", 0)


@pytest.fixture
def people():
    """Three whom the rule chooses and one whom it does not."""
    return [*factories.ContactFactory.create_batch(3), english()]


def english():
    return factories.ContactFactory(language="en")


def attribute(kind, key="taste"):
    definition = factories.AttributeFactory(key=key, label=key.title(), type=kind)
    for choice in ("lunch", "dinner") if "choice" in kind else ():
        definition.choices.create(key=choice, label=choice.title())
    return definition


def do(act, by, **kwargs):
    edit = bulk.start(JAPANESE, act, by=by, **kwargs)
    queue.run_due(bulk.KIND)
    edit.refresh_from_db()
    assert edit.state == "done"
    return edit


def take_back(edit, by):
    bulk_undo.start(edit, by=by)
    queue.run_due(bulk_undo.KIND)
    edit.refresh_from_db()
    assert edit.state == "undone"


def state():
    """What may be written by a change, without its own time stamps."""
    held = ContactValue.objects.values_list("id", "owner", "slot", *bulk_undo.VALUES)
    people = Contact.objects.values_list("id", "owner", "archived_at")
    return sorted(map(repr, held)), sorted(map(repr, people))


def test_the_owner_is_set_for_everybody_whom_the_rule_chooses(people, owner):
    *chosen, other = people
    edit = do("owner", owner, value=owner.pk)
    owned = Contact.objects.filter(owner=owner)
    assert list(owned.order_by("pk")) == chosen
    assert edit.counts["changed"] == 3
    assert set(owned.values_list("version", flat=True)) == {2}
    other.refresh_from_db()
    assert (other.owner, other.version) == (None, 1)


def test_one_operation_tells_each_change_with_its_old_value(people, owner):
    someone = User.objects.create_user("someone")
    Contact.objects.filter(pk=people[0].pk).update(owner=someone)
    Contact.objects.filter(pk=people[1].pk).update(owner=owner)
    do("owner", owner, value=owner.pk)
    assert Operation.objects.get().kind == "bulk"
    told = Change.objects.order_by("object_id").values_list(
        "model", "object_id", "about", "field", "old", "new"
    )
    first, third = people[0].pk, people[2].pk
    assert list(told) == [
        ("contact", first, first, "owner_id", someone.pk, owner.pk),
        ("contact", third, third, "owner_id", None, owner.pk),
    ]


SET = [
    ("choice", "lunch", {"taste": "lunch"}),
    ("multi_choice", ["dinner"], {"taste": ["dinner"]}),
    ("yes_no", True, {"taste": True}),
    ("number", "12.5", {"taste": Decimal("12.5")}),
    ("date", "2026-03-01", {"taste": dt.date(2026, 3, 1)}),
    ("text", "Hana「花」", {"taste": "Hana「花」"}),
]
BEFORE = {
    "choice": "dinner",
    "multi_choice": ["lunch"],
    "yes_no": False,
    "number": 3,
    "date": dt.date(2020, 1, 1),
    "text": "other",
}


@pytest.mark.parametrize(("kind", "value", "held"), SET)
def test_an_attribute_is_set_and_taken_back(people, owner, kind, value, held):
    definition = attribute(kind)
    first, second, third, other = people
    values.write({second.pk: {"taste": BEFORE[kind]}}, by=None)
    values.write({third.pk: held}, by=None)
    before = state()
    edit = do("set", owner, definition=definition, value=value)
    now = values.current([one.pk for one in people], ["taste"])
    ticked = {"taste": ["lunch", "dinner"]} if kind == "multi_choice" else held
    assert now == {first.pk: held, second.pk: ticked, third.pk: held}
    assert edit.counts["changed"] == 2
    take_back(edit, owner)
    assert state() == before
    assert edit.counts["taken"] == 2
    assert Operation.objects.get(kind="bulk").undone_by == owner


@pytest.mark.parametrize(("kind", "value", "held"), SET)
def test_an_attribute_is_emptied_and_taken_back(people, owner, kind, value, held):
    definition = attribute(kind)
    values.write({people[0].pk: held, people[3].pk: held}, by=None)
    before = state()
    edit = do("clear", owner, definition=definition)
    assert set(values.current([p.pk for p in people], ["taste"])) == {people[3].pk}
    take_back(edit, owner)
    assert state() == before


def test_archiving_takes_them_out_and_undo_brings_them_back(people, owner):
    edit = do("archive", owner)
    assert list(Contact.objects.current()) == [people[3]]
    take_back(edit, owner)
    assert Contact.objects.current().count() == 4


def test_what_was_changed_since_is_left_and_counted(people, owner):
    definition = attribute("text")
    edit = do("set", owner, definition=definition, value="all")
    records.apply_values(people[0], {"attribute.taste": "own"}, by=owner)
    records.apply_values(people[1], {"attribute.taste": None}, by=owner)
    take_back(edit, owner)
    assert values.current([people[0].pk], ["taste"]) == {people[0].pk: {"taste": "own"}}
    assert ContactValue.objects.count() == 1
    assert (edit.counts["taken"], edit.counts["left"]) == (1, 2)
    assert edit.counts["left_ids"] == [people[0].pk, people[1].pk]


def test_what_was_emptied_and_given_anew_is_left(people, owner):
    definition = attribute("text")
    values.write({one.pk: {"taste": "old"} for one in people}, by=None)
    edit = do("clear", owner, definition=definition)
    records.apply_values(people[0], {"attribute.taste": "new"}, by=owner)
    people[1].delete()
    take_back(edit, owner)
    held = ContactValue.objects.order_by("owner_id").values_list("text", flat=True)
    assert list(held) == ["new", "old", "old"]
    assert edit.counts["left"] == 2


def test_slices_and_a_break_between_them_change_everybody_once(
    people, owner, monkeypatch
):
    monkeypatch.setattr(bulk, "SLICE", 1)
    monkeypatch.setattr(bulk_undo, "SLICE", 1)
    edit = bulk.start(
        [condition("owner", owner="nobody")], "owner", value=owner.pk, by=owner
    )
    work = queue.Work.objects.get(kind=bulk.KIND)
    assert queue.running.take(bulk.KIND)
    work.refresh_from_db()
    assert bulk.run(work, until=0) is False
    assert (work.position, work.total) == (1, 4)
    work.release()
    queue.run_due(bulk.KIND)
    assert Contact.objects.filter(owner=owner).count() == 4
    assert Change.objects.count() == 4
    edit.refresh_from_db()
    take_back(edit, owner)
    assert not Contact.objects.filter(owner=owner).exists()


def test_who_comes_later_was_never_chosen(people, owner):
    bulk.start(JAPANESE, "owner", value=owner.pk, by=owner)
    late = factories.ContactFactory()
    queue.run_due(bulk.KIND)
    late.refresh_from_db()
    assert late.owner is None


@pytest.mark.parametrize("count", [1, 15])
def test_many_cost_as_many_statements_as_one(count, owner):
    factories.ContactFactory.create_batch(count)
    definition = attribute("choice")
    bulk.start(JAPANESE, "set", definition=definition, value="lunch", by=owner)
    with CaptureQueriesContext(connection) as queries:
        queue.run_due(bulk.KIND)
    assert Change.objects.count() == count
    assert len(queries) <= 45


def test_the_feed_hears_of_whom_it_changed(people, owner):
    queue.run_due("changes")
    do("owner", owner, value=owner.pk)
    noted = Contact.objects.filter(owner=owner)
    feed = set(ContactChange.objects.values_list("contact_id", "aspect"))
    assert {(one.pk, "fields") for one in noted} <= feed


def test_nobody_acts_beyond_the_own_rights(people, role):
    staff, marketer = role("staff"), role("marketer")
    with pytest.raises(bulk.NotAllowed):
        bulk.start(JAPANESE, "archive", by=staff)
    with pytest.raises(bulk.NotAllowed):
        bulk.start(JAPANESE, "owner", value=staff.pk, by=marketer)
    assert not BulkEdit.objects.exists()


def test_a_sensitive_attribute_needs_its_right(people, outsider):
    rights = ["view_contact", "change_contact"]
    outsider.user_permissions.set(Permission.objects.filter(codename__in=rights))
    definition = attribute("text", key="ills")
    type(definition).objects.update(sensitive=True)
    user = User.objects.get(pk=outsider.pk)
    with pytest.raises(bulk.NotAllowed):
        bulk.start(JAPANESE, "set", definition=definition, value="x", by=user)
    rule = [condition("attribute", attribute="ills", operator="filled")]
    with pytest.raises(rules.BrokenRule):
        bulk.start(rule, "owner", value=None, by=user)


def test_who_lost_the_right_meanwhile_changes_nobody(people, role):
    staff = role("staff")
    bulk.start(JAPANESE, "owner", value=staff.pk, by=staff)
    staff.groups.clear()
    queue.run_due(bulk.KIND)
    assert not Contact.objects.exclude(owner=None).exists()


def test_a_rule_that_broke_meanwhile_ends_the_work_and_says_why(people, owner):
    definition = attribute("text")
    rule = [condition("attribute", attribute="taste", operator="empty")]
    edit = bulk.start(rule, "owner", value=owner.pk, by=owner)
    type(definition).objects.update(active=False)
    queue.run_due(bulk.KIND)
    edit.refresh_from_db()
    assert edit.state == "done"
    assert "switched off" in edit.counts["problems"][0]


def test_an_empty_rule_never_means_everybody(people, owner):
    with pytest.raises(rules.BrokenRule):
        bulk.start([], "archive", by=owner)


def test_it_is_taken_back_once(people, owner):
    edit = do("archive", owner)
    take_back(edit, owner)
    with pytest.raises(bulk_undo.NotReady):
        bulk_undo.start(edit, by=owner)
