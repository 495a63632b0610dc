import pytest

from crm_plugin import journal
from crm_plugin.models import Change, Contact
from tests import factories

pytestmark = pytest.mark.django_db


def test_an_edit_writes_only_what_differs(contact, owner):
    journal.edit(
        contact, {"given_name": "愛", "family_name": contact.family_name}, by=owner
    )
    change = Change.objects.get()
    assert (change.field, change.old, change.new) == ("given_name", "花子", "愛")
    assert Contact.objects.get().version == 2


def test_an_edit_that_changes_nothing_leaves_no_trace(contact, owner):
    assert journal.edit(contact, {"given_name": contact.given_name}, by=owner) is None


def test_a_record_that_moved_on_is_not_overwritten(contact, owner):
    mine = Contact.objects.get(pk=contact.pk)
    journal.edit(contact, {"note": "theirs"}, by=owner)
    with pytest.raises(journal.Stale):
        journal.edit(mine, {"note": "mine"}, by=owner)
    assert Contact.objects.get().note == "theirs"


def test_undo_restores_the_old_value(contact, owner):
    operation = journal.edit(contact, {"note": "new"}, by=owner)
    assert journal.undo(operation, by=owner) == []
    assert Contact.objects.get().note == ""
    assert operation.undone_by == owner


def test_undo_leaves_what_was_changed_again(contact, owner):
    first = journal.edit(contact, {"note": "one"}, by=owner)
    journal.edit(contact, {"note": "two"}, by=owner)
    left = journal.undo(first, by=owner)
    assert [change.field for change in left] == ["note"]
    assert Contact.objects.get().note == "two"


def test_undo_deletes_what_was_created_and_brings_back_what_was_deleted(contact, owner):
    point = contact.points.get(kind="email")
    entry = ("contactpoint", point.pk, "", journal.whole(point), None)
    point.delete()
    created = factories.PointFactory(contact=contact)
    operation = journal.record(
        "test", [entry, ("contactpoint", created.pk, "", None, {})], by=owner
    )
    journal.undo(operation, by=owner)
    values = contact.points.filter(kind="email").values_list("value", flat=True)
    assert list(values) == ["hanako@mail.example"]
