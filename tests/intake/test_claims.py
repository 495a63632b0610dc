import pytest

from crm_plugin import journal
from crm_plugin.consents.models import Consent
from crm_plugin.contacts.duplicates import pairs, search
from crm_plugin.contacts.models import Contact, SuspectedPair
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake import claims, confirm
from crm_plugin.intake.models import Claim, Confirmation, Submission
from crm_plugin.touchpoints.models import Inquiry, Touchpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger(send, contact, newsletter, words):
    """Somebody wrote with Hanako's address and another name and number."""
    return send(
        email="hanako@mail.example",
        family_name="鈴木",
        phone="03-1111-2222",
        message="A table for two",
        consents=[(newsletter, words)],
    )


def claim(field):
    return Claim.objects.filter(field=field).latest("id")


def test_accepting_writes_that_value_only(stranger, contact, owner):
    claims.accept(claim("contact.family_name"), by=owner)
    contact.refresh_from_db()
    assert contact.family_name == "鈴木"
    assert contact.points.count() == 2
    row = claim("contact.family_name")
    assert (row.state, row.decided_by) == ("accepted", owner)
    assert claim("point.phone").state == "waiting"


def test_accepting_stands_in_the_journal(stranger, owner):
    operation = claims.accept(claim("contact.family_name"), by=owner)
    assert (operation.kind, operation.by) == ("claim", owner)
    assert journal.undo(operation, by=owner) == []


def test_the_same_value_from_another_form_is_settled_with_it(stranger, send, owner):
    send(email="hanako@mail.example", family_name="鈴木")
    claims.accept(claim("contact.family_name"), by=owner)
    states = Claim.objects.filter(field="contact.family_name").order_by("id")
    assert set(states.values_list("state", flat=True)) == {"accepted", "superseded"}


def test_rejecting_leaves_the_record(stranger, contact, owner):
    claims.reject(claim("contact.family_name"), by=owner)
    contact.refresh_from_db()
    assert contact.family_name != "鈴木"
    assert claim("contact.family_name").state == "rejected"


@pytest.mark.parametrize("verb", [claims.accept, claims.reject])
def test_what_is_decided_is_not_decided_again(stranger, owner, verb):
    row = claim("contact.family_name")
    claims.reject(row, by=owner)
    with pytest.raises(claims.AlreadyDecided):
        verb(row, by=owner)


def test_everything_at_once(stranger, contact, owner):
    claims.accept_all(stranger, by=owner)
    contact.refresh_from_db()
    assert contact.family_name == "鈴木"
    assert contact.points.filter(value_norm="+81311112222").exists()
    assert not Claim.objects.filter(state="waiting").exists()


def test_another_person_at_this_address(stranger, contact, owner):
    person = claims.another_person(stranger, by=owner)
    assert person != contact
    assert person.family_name == "鈴木"
    assert set(person.points.values_list("value_norm", flat=True)) == {
        "hanako@mail.example",
        "+81311112222",
    }
    for model in (Submission, Touchpoint, Inquiry, Delivery):
        assert model.objects.get().contact == person
    assert set(Claim.objects.values_list("state", flat=True)) == {"moved"}


def test_whoever_was_told_apart_is_never_suspected_again(stranger, contact, owner):
    person = claims.another_person(stranger, by=owner)
    hers = Contact.objects.filter(pk=contact.pk)
    names = hers.values("family_name", "given_name", "birth_on").get()
    Contact.objects.filter(pk=person.pk).update(**names)
    search.search_now()
    assert not SuspectedPair.objects.open().exists()
    pairs.restore(SuspectedPair.objects.get(), by=owner)
    search.search_now()
    assert SuspectedPair.objects.open().exists()


def test_the_first_person_is_left_as_if_nothing_was_sent(stranger, contact, owner):
    before = Contact.objects.values().get(pk=contact.pk)
    person = claims.another_person(stranger, by=owner)
    assert Contact.objects.values().get(pk=contact.pk) == before
    assert Consent.objects.get().point.contact == person


def test_an_own_request_for_the_same_topic_stays(
    send, contact, newsletter, words, owner
):
    tick = [(newsletter, words)]
    send(email="hanako@mail.example", consents=tick)
    other = send(email="hanako@mail.example", family_name="鈴木", consents=tick)
    claims.another_person(other, by=owner)
    holders = {row.point.contact_id for row in Consent.objects.all()}
    assert contact.pk in holders
    assert len(holders) == 2


def test_the_button_in_the_mail_is_now_the_other_persons(stranger, contact, owner):
    person = claims.another_person(stranger, by=owner)
    assert confirm.press(Confirmation.objects.get()).contact == person
    person.refresh_from_db()
    assert not person.provisional
    assert Consent.objects.get().state == "granted"


def test_moving_stands_in_the_journal(stranger, contact, owner):
    claims.another_person(stranger, by=owner)
    operation = journal.Operation.objects.get(kind="another_person")
    assert operation.by == owner
    assert {change.model for change in operation.changes.all()} == {
        "submission",
        "touchpoint",
        "inquiry",
        "delivery",
        "suspectedpair",
    }


def test_only_once(stranger, owner):
    claims.another_person(stranger, by=owner)
    with pytest.raises(claims.AlreadyDecided):
        claims.another_person(stranger, by=owner)
    assert Contact.objects.count() == 2


def test_not_after_the_owner_of_the_address_confirmed(stranger, owner):
    confirm.press(Confirmation.objects.get())
    with pytest.raises(claims.AlreadyDecided):
        claims.another_person(stranger, by=owner)


def test_the_next_form_of_the_other_person_finds_her(stranger, send, owner):
    person = claims.another_person(stranger, by=owner)
    again = send(email="hanako@mail.example", family_name="鈴木", message="Me again")
    assert again.contact == person
    assert not Claim.objects.filter(state="waiting").exists()
