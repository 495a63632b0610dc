import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from crm_plugin import models
from crm_plugin.touchpoints import notes
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def note(contact, owner):
    return notes.write_down(contact, "call_in", summary="Cake", by=owner, key="1")


@pytest.fixture
def other(db):
    return factories.ContactFactory(family_name="Kobayashi", phone="+819087654321")


def url(name, pk):
    return reverse(f"crm_touchpoint:{name}", args=[pk])


def test_the_history_offers_both_for_what_staff_wrote(note, contact, staff):
    factories.TouchpointFactory(contact=contact, key="form:1", summary="A form")
    html = staff.get(contact.get_admin_url()).content.decode()
    assert url("move", note.pk) in html
    assert url("take_back", note.pk) in html
    assert html.count("Move to another contact") == 1


def test_who_may_not_change_notes_is_offered_nothing(note, contact, role, login):
    client = login(role("marketer"))
    assert (
        url("move", note.pk) not in client.get(contact.get_admin_url()).content.decode()
    )
    assert client.post(url("take_back", note.pk)).status_code == 302
    assert models.Touchpoint.objects.exists()


def test_opening_either_page_changes_nothing(note, contact, staff):
    for name in ("move", "take_back"):
        assert "Cake" in staff.get(url(name, note.pk)).content.decode()
    note.refresh_from_db()
    assert note.contact == contact


def test_the_person_is_found_chosen_and_gets_the_note(note, other, staff):
    found = staff.post(url("move", note.pk), {"do": "look", "look_for": "09087654321"})
    assert "Kobayashi" in found.content.decode()
    note.refresh_from_db()
    assert note.contact != other
    done = staff.post(url("move", note.pk), {"contact": other.pk}, follow=True)
    note.refresh_from_db()
    assert note.contact == other
    operation = models.Operation.objects.get(kind="note_moved")
    assert url("undo", operation.pk) in done.content.decode()


def test_nobody_chosen_says_so(note, contact, staff):
    html = staff.post(url("move", note.pk), {"contact": "9" * 5000}).content.decode()
    assert "Find and choose a person first." in html
    note.refresh_from_db()
    assert note.contact == contact


def test_taking_back_is_undone_by_one_button(note, contact, staff):
    staff.post(url("take_back", note.pk))
    assert not models.Touchpoint.objects.exists()
    undo = url("undo", models.Operation.objects.get(kind="note_taken_back").pk)
    assert undo in staff.get(contact.get_admin_url()).content.decode()
    assert "Cake" in staff.get(undo).content.decode()
    assert not models.Touchpoint.objects.exists()
    staff.post(undo)
    assert models.Touchpoint.objects.get().contact == contact
    again = staff.post(undo, follow=True).content.decode()
    assert "undone this already" in again


def test_what_a_form_left_cannot_be_opened_for_it(contact, staff):
    row = factories.TouchpointFactory(contact=contact, key="form:1")
    for name in ("move", "take_back"):
        assert staff.get(url(name, row.pk)).status_code == 404


def test_who_may_not_see_the_contact_finds_no_note(note, role, login):
    user = role("staff")
    seeing = Permission.objects.get(codename="view_contact")
    user.groups.get().permissions.remove(seeing)
    assert login(user).get(url("move", note.pk)).status_code == 404


def test_other_operations_cannot_be_undone_here(staff):
    row = models.Operation.objects.create(kind="edit")
    assert staff.post(url("undo", row.pk)).status_code == 404
