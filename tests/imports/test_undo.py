import pytest
from django.urls import reverse

from crm_plugin.consents import ledger
from crm_plugin.contacts import changes, records
from crm_plugin.contacts.merge import merge_contacts, undo_merge
from crm_plugin.imports.applying import NotReady
from crm_plugin.imports.models import ImportBatch
from crm_plugin.imports.undoing import start_undo
from crm_plugin.models import (
    Affiliation,
    Consent,
    Contact,
    ContactPoint,
    ContactValue,
    FirstTouch,
    Organisation,
)
from tests import factories

from . import sheets

pytestmark = pytest.mark.django_db
TABLES = [
    Contact,
    ContactPoint,
    ContactValue,
    Affiliation,
    Organisation,
    Consent,
    FirstTouch,
]
MOVING = {"version", "updated_at"}


def everything():
    return {
        model.__name__: [
            {k: v for k, v in row.items() if k not in MOVING}
            for row in model.objects.order_by("pk").values()
        ]
        for model in TABLES
    }


@pytest.fixture
def known(contact, occasion):
    """Somebody whom the sheet will fill in and change."""
    contact.family_name, contact.given_name = "髙橋", "花子"
    contact.family_kana = contact.given_kana = ""
    contact.note = "old"
    contact.save()
    return contact


def test_undo_restores_every_row(wizard, known, topic):
    before = everything()
    batch = wizard.all(update=True, basis="agreed", topic=topic)
    assert everything() != before
    batch = wizard.undo(batch)
    assert everything() == before
    assert batch.state == "undone"


def test_undo_counts_what_it_took_back(wizard, known):
    batch = wizard.undo(wizard.all())
    assert batch.counts["undone"]["taken"] == 4
    assert batch.counts["undone"]["left"] == 0


def test_undo_leaves_and_shows_what_was_changed_since(wizard, known, staff):
    batch = wizard.all(update=True)
    records.apply_values(known, {"contact.note": "newer"}, by=staff)
    batch = wizard.undo(batch)
    known.refresh_from_db()
    assert known.note == "newer"
    assert known.kana == ""
    assert batch.counts["undone"]["left_ids"] == [known.pk]


def test_undo_leaves_a_new_contact_whom_somebody_has_talked_to(wizard):
    batch = wizard.all()
    ichiro = Contact.objects.get(family_name="鈴木")
    factories.TouchpointFactory(contact=ichiro)
    batch = wizard.undo(batch)
    assert Contact.objects.get() == ichiro
    assert batch.counts["undone"]["left_ids"] == [ichiro.pk]


def test_undo_lets_purchases_wait_again_that_waited_for_a_card_of_the_sheet(wizard):
    purchase = factories.PurchaseFactory(contact=None, member_number="m0002")
    batch = wizard.all()
    changes.drain()
    purchase.refresh_from_db()
    assert purchase.contact.family_name == "鈴木"
    wizard.undo(batch)
    purchase.refresh_from_db()
    assert purchase.contact is None
    assert not Contact.objects.exists()


def test_undo_leaves_a_new_contact_that_has_bought_since(wizard):
    batch = wizard.all()
    ichiro = Contact.objects.get(family_name="鈴木")
    factories.PurchaseFactory(contact=ichiro, member_number="m0002")
    wizard.undo(batch)
    assert Contact.objects.get() == ichiro


def test_undo_leaves_a_new_contact_that_somebody_edited(wizard, staff):
    batch = wizard.all()
    ichiro = Contact.objects.get(family_name="鈴木")
    records.apply_values(ichiro, {"contact.note": "VIP"}, by=staff)
    wizard.undo(batch)
    assert Contact.objects.get() == ichiro


def test_undo_keeps_a_refusal_that_was_said_since(wizard, topic):
    batch = wizard.all(basis="agreed", topic=topic)
    point = ContactPoint.objects.get(value_norm="ichiro@mail.example")
    ledger.withdraw(point, topic=topic, source="test")
    wizard.undo(batch)
    assert Consent.objects.get().state == "withdrawn"


def test_a_sheet_can_be_undone_once(wizard, staff):
    batch = wizard.undo(wizard.all())
    with pytest.raises(NotReady):
        start_undo(batch, by=staff)


def test_a_sheet_that_was_undone_can_be_uploaded_again(wizard):
    wizard.undo(wizard.all())
    wizard.all()
    assert Contact.objects.count() == 4


def test_undo_of_many_goes_in_slices(wizard, monkeypatch):
    from crm_plugin.imports import undoing

    monkeypatch.setattr(undoing, "SLICE", 3)
    rows = [[f"山本 花{number}", f"g{number}@mail.example"] for number in range(8)]
    data = sheets.workbook(rows, headers=["氏名", "メール"])
    batch = wizard.undo(wizard.all(data))
    assert batch.counts["undone"]["taken"] == 8
    assert not Contact.objects.exists()


def test_the_operation_knows_that_it_was_undone(wizard):
    batch = wizard.undo(wizard.all())
    assert batch.operation.undone_at is not None
    assert ImportBatch.objects.get().undone_at is not None


def test_the_ledger_says_the_same_after_an_undo(wizard, known, topic):
    from crm_plugin.consents import rebuild

    batch = wizard.all(basis="agreed", topic=topic)
    assert rebuild.differences() == []
    wizard.undo(batch)
    assert rebuild.differences() == []
    assert not Consent.objects.exists()


def merged(wizard, staff, **choices):
    """A contact of the sheet becomes part of one who was there before."""
    older = factories.ContactFactory()
    batch = wizard.all(**choices)
    ichiro = Contact.objects.get(family_name="鈴木")
    operation = merge_contacts(older, ichiro, by=staff)
    return batch, older, ichiro.pk, operation


def test_undo_says_of_a_merged_contact_that_it_was_left(wizard, staff):
    batch, older, pk, _operation = merged(wizard, staff)
    others = Contact.objects.exclude(pk=older.pk).count()
    undone = wizard.undo(batch).counts["undone"]
    assert undone["taken"] == others
    assert (undone["left"], undone["left_ids"]) == (1, [pk])
    assert Contact.objects.get() == older
    assert older.points.filter(value_norm="ichiro@mail.example").exists()


def test_the_screen_leads_to_the_record_that_it_was_merged_into(wizard, staff, client):
    batch, older, _pk, _operation = merged(wizard, staff)
    batch = wizard.undo(batch)
    client.force_login(staff)
    url = reverse("crm_import:batch", args=[batch.public_id])
    html = client.get(url, follow=True).content.decode()
    assert older.get_admin_url() in html


def test_a_merged_contact_comes_back_when_the_merge_is_undone(wizard, staff):
    batch, _older, pk, operation = merged(wizard, staff)
    wizard.undo(batch)
    undo_merge(operation, by=staff)
    assert Contact.objects.get(pk=pk).family_name == "鈴木"


def test_the_basis_of_the_sheet_goes_from_a_merged_contact_too(wizard, staff, topic):
    batch, older, _pk, _operation = merged(wizard, staff, basis="agreed", topic=topic)
    wizard.undo(batch)
    assert not Consent.objects.filter(point__contact=older, state="granted").exists()


def test_undo_leaves_a_contact_whose_twin_was_merged_into_it(wizard, staff):
    older = factories.ContactFactory()
    batch = wizard.all()
    ichiro = Contact.objects.get(family_name="鈴木")
    merge_contacts(ichiro, older, by=staff)
    undone = wizard.undo(batch).counts["undone"]
    assert Contact.objects.get() == ichiro
    assert undone["left_ids"] == [ichiro.pk]


def test_who_was_known_completed_and_merged_since_is_not_counted_as_restored(
    wizard, known, staff
):
    batch = wizard.all(update=True)
    older = factories.ContactFactory()
    merge_contacts(older, known, by=staff)
    undone = wizard.undo(batch).counts["undone"]
    assert known.pk in undone["left_ids"]
    assert Contact.objects.get() == older


def test_who_was_changed_since_is_left_and_not_counted_as_taken_back(
    wizard, known, staff
):
    batch = wizard.all(update=True)
    records.apply_values(known, {"contact.note": "newer"}, by=staff)
    undone = wizard.undo(batch).counts["undone"]
    assert (undone["taken"], undone["left"]) == (Contact.objects.count() + 2, 1)
