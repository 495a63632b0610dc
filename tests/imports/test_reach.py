import pytest

from crm_plugin.consents import ledger
from crm_plugin.models import Consent, ConsentEvent, ContactPoint
from tests import factories

from . import sheets

pytestmark = pytest.mark.django_db
HEADERS = ["氏名", "メール"]


def people(*addresses):
    rows = [[f"山本 花{n}", address] for n, address in enumerate(addresses)]
    return sheets.workbook(rows, headers=HEADERS)


@pytest.fixture
def refused(topic):
    """Somebody who once unsubscribed from this topic, and whose record is gone."""
    contact = factories.ContactFactory(email="no@mail.example")
    ledger.withdraw(contact.points.get(), topic=topic, source="test")
    contact.delete()


@pytest.fixture
def stopped(topic):
    """Somebody who wants nothing at all."""
    contact = factories.ContactFactory(email="stop@mail.example")
    ledger.withdraw(contact.points.get(), source="test")
    contact.delete()


def test_people_without_a_stated_basis_arrive_not_mailable(wizard):
    batch = wizard.all(people("a@mail.example"))
    assert not Consent.objects.exists()
    assert batch.counts["done"]["reach"] == {"no_basis": 1}


def test_people_with_a_stated_basis_can_be_reached(wizard, topic):
    batch = wizard.all(people("a@mail.example"), basis="agreed", topic=topic)
    assert Consent.objects.get().basis == "agreed"
    assert batch.counts["done"]["reach"] == {"reached": 1}


def test_the_basis_stands_in_the_ledger_with_its_note(wizard, topic, staff):
    batch = wizard.check(
        wizard.upload(people("a@mail.example")), basis="customer", topic=topic
    )
    batch.basis_note = "cards of 2024"
    batch.save()
    wizard.apply(batch)
    event = ConsentEvent.objects.get()
    assert (event.action, event.basis) == ("attest", "customer")
    assert event.evidence == {"note": "cards of 2024"}


def test_the_dry_run_foretells_who_can_be_reached(wizard, topic, refused, stopped):
    data = people("a@mail.example", "", "no@mail.example", "stop@mail.example")
    batch = wizard.check(wizard.upload(data), basis="agreed", topic=topic)
    foretold = batch.counts["reach"]
    assert foretold == {"reached": 1, "no_address": 1, "refused": 2}
    assert wizard.apply(batch).counts["done"]["reach"] == foretold


def test_an_import_never_lifts_a_refusal(wizard, topic, refused, stopped):
    data = people("no@mail.example", "stop@mail.example")
    wizard.all(data, basis="agreed", topic=topic)
    assert not Consent.objects.filter(state="granted").exists()


def test_an_import_never_lifts_a_refusal_that_stands_on_another_record(wizard, topic):
    other = factories.ContactFactory(email="no@mail.example", family_name="別")
    factories.ContactFactory(
        family_name="山本", given_name="花0", phone="+819011112222"
    )
    ledger.withdraw(other.points.get(), topic=topic, source="test")
    rows = [["山本 花0", "090-1111-2222", "no@mail.example"]]
    data = sheets.workbook(rows, headers=["氏名", "電話", "メール"])
    wizard.all(data, basis="agreed", topic=topic)
    assert not Consent.objects.filter(state="granted").exists()


def test_a_bounced_address_is_not_counted_as_reached(wizard, topic):
    ledger.suppress("email", "gone@mail.example", reason="bounced")
    batch = wizard.check(
        wizard.upload(people("gone@mail.example")), basis="agreed", topic=topic
    )
    assert batch.counts["reach"] == {"undeliverable": 1}


def test_who_agreed_before_is_reached_without_a_new_basis(wizard, topic):
    contact = factories.ContactFactory(email="yes@mail.example")
    factories.ConsentFactory(point=contact.points.get(), topic=topic)
    batch = wizard.check(wizard.upload(people("yes@mail.example")))
    assert batch.counts["reach"] == {"reached": 1}


def test_an_own_yes_is_not_replaced_by_a_stated_basis(wizard, topic):
    contact = factories.ContactFactory(email="yes@mail.example")
    ledger.confirm(contact.points.get(), topic)
    wizard.all(people("yes@mail.example"), basis="agreed", topic=topic)
    assert Consent.objects.get().basis == "opt_in"


def test_a_row_that_changes_nothing_still_states_its_basis(wizard, topic):
    wizard.all(people("a@mail.example"))
    batch = wizard.all(people("a@mail.example"), basis="agreed", topic=topic)
    assert batch.counts["same"] == 1
    assert Consent.objects.get().state == "granted"


def test_no_address_is_verified_by_an_import(wizard, topic):
    wizard.all(people("a@mail.example"), basis="agreed", topic=topic)
    assert ContactPoint.objects.get().verified_at is None
