import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin import models
from crm_plugin.contacts import changes
from crm_plugin.contacts.merge import merge_contacts
from crm_plugin.touchpoints import correcting, follow_ups, history, inquiries, notes
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(db):
    return factories.ContactFactory()


@pytest.fixture
def note(contact, owner):
    """A call that staff wrote down."""
    at = timezone.now() - dt.timedelta(days=2)
    return notes.write_down(
        contact, "call_in", summary="Cake", body="“Sweet”", by=owner, key="1", at=at
    )


@pytest.fixture
def complaint(contact, owner):
    """A note with an inquiry and a next step."""
    day = timezone.localdate()
    return notes.write_down(
        contact,
        "complaint",
        summary="Too loud",
        by=owner,
        key="2",
        next_what="Call back",
        next_on=day,
    )


def days(contact):
    changes.drain()
    row = models.ContactFrequency.objects.filter(pk=contact.pk).first()
    return row.days_30 if row else 0


def rows():
    """All that hangs on notes, as it stands."""
    tables = (models.Touchpoint, models.Inquiry, models.FollowUp)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_a_note_moves_with_its_contact_days(note, contact, other, owner):
    assert (days(contact), days(other)) == (1, 0)
    correcting.move(note, other, by=owner)
    assert (days(contact), days(other)) == (0, 1)
    note.refresh_from_db()
    assert note.contact == other


def test_its_inquiry_and_next_steps_move_along(complaint, other, owner):
    correcting.move(complaint, other, by=owner)
    assert models.Inquiry.objects.get().contact == other
    assert models.FollowUp.objects.get().contact == other


def test_the_feed_notes_both_contacts(note, contact, other, owner):
    models.ContactChange.objects.all().delete()
    correcting.move(note, other, by=owner)
    noted = models.ContactChange.objects.filter(aspect="touchpoints")
    assert set(noted.values_list("contact_id", flat=True)) == {contact.pk, other.pk}


@pytest.mark.parametrize("name", ["note", "complaint"])
@pytest.mark.parametrize("act", ["move", "take_back"])
def test_undo_puts_everything_back(act, name, request, contact, other, owner):
    row = request.getfixturevalue(name)
    before, told = rows(), days(contact)
    if act == "move":
        operation = correcting.move(row, other, by=owner)
    else:
        operation = correcting.take_back(row, by=owner)
    assert rows() != before
    assert days(contact) == 0
    assert correcting.undo(operation, by=owner) == []
    assert rows() == before
    assert (days(contact), days(other)) == (told, 0)


def test_a_note_that_is_taken_back_is_gone_with_its_contact_day(note, contact, owner):
    assert days(contact) == 1
    correcting.take_back(note, by=owner)
    assert days(contact) == 0
    assert not models.Touchpoint.objects.exists()


def test_the_journal_keeps_what_was_taken_back(note, owner, contact):
    operation = correcting.take_back(note, by=owner)
    (change,) = operation.changes.all()
    assert change.old["body"] == "“Sweet”"
    assert (change.about, operation.by) == (contact.pk, owner)
    told = [entry.title for entry in history.story(contact, user=owner)]
    assert told == ["A note was taken back"]


def test_the_first_record_tells_that_a_note_was_moved(note, contact, other, owner):
    operation = correcting.move(note, other, by=owner)
    (entry,) = history.story(contact, user=owner)
    assert entry.title == "A note was moved to another contact"
    assert str(operation.pk) in entry.url
    assert [e.title for e in history.story(other, user=owner)] == ["Cake"]


@pytest.mark.parametrize("more", [{"by": None}, {"key": "form:1"}, {"key": "called:1"}])
def test_only_what_staff_wrote_by_hand_is_corrected(more, contact, other, owner):
    row = factories.TouchpointFactory(contact=contact, **{"by": owner, **more})
    with pytest.raises(correcting.Refused):
        correcting.move(row, other, by=owner)
    with pytest.raises(correcting.Refused):
        correcting.take_back(row, by=owner)


def test_a_note_whose_inquiry_was_answered_stays(complaint, owner):
    inquiry = models.Inquiry.objects.get()
    inquiries.close(inquiry, by=owner)
    with pytest.raises(correcting.Refused):
        correcting.take_back(complaint, by=owner)
    inquiries.reopen(inquiry, by=owner)
    with pytest.raises(correcting.Refused):
        correcting.take_back(complaint, by=owner)


def test_a_note_whose_next_step_is_done_stays(complaint, owner):
    follow_ups.done(models.FollowUp.objects.get(), by=owner)
    with pytest.raises(correcting.Refused):
        correcting.take_back(complaint, by=owner)


def test_two_at_once_are_told(note, other, owner):
    stale = models.Touchpoint.objects.get(pk=note.pk)
    correcting.move(note, other, by=owner)
    with pytest.raises(correcting.Refused):
        correcting.move(stale, factories.ContactFactory(), by=owner)
    operation = correcting.take_back(models.Touchpoint.objects.get(), by=owner)
    with pytest.raises(correcting.Refused):
        correcting.take_back(note, by=owner)
    correcting.undo(operation, by=owner)
    with pytest.raises(correcting.Refused):
        correcting.undo(operation, by=owner)


def test_undo_is_refused_once_the_record_was_merged(note, contact, other, owner):
    operation = correcting.take_back(note, by=owner)
    merge_contacts(other, contact, by=owner)
    with pytest.raises(correcting.Refused):
        correcting.undo(operation, by=owner)
