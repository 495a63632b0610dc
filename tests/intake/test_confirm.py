import pytest
from django.utils import timezone

from crm_plugin import journal, signing
from crm_plugin.consents.models import Consent, ConsentEvent
from crm_plugin.contacts.models import Contact
from crm_plugin.intake import confirm
from crm_plugin.intake.models import Claim, Confirmation
from crm_plugin.touchpoints.models import Touchpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(send, newsletter, words):
    """Hanako asked a question and ticked the newsletter."""
    return send(
        email="hanako@mail.example",
        family_name="佐藤",
        message="A table?",
        consents=[(newsletter, words)],
    )


def test_one_press_verifies_the_address_and_grants_the_consent(asked, words):
    contact, first = confirm.press(Confirmation.objects.get())
    assert first
    assert not contact.provisional
    point = contact.points.get(kind="email")
    assert (point.verified_by, point.verified_at is None) == ("confirmation", False)
    consent = Consent.objects.get()
    assert (consent.state, consent.wording) == ("granted", words.pk)
    assert ConsentEvent.objects.last().action == "confirm"
    assert not Touchpoint.objects.get().unverified


def test_pressing_again_changes_nothing(asked):
    confirmation = Confirmation.objects.get()
    assert confirm.press(confirmation).first
    events = ConsentEvent.objects.count()
    first = Confirmation.objects.get().confirmed_at
    assert not confirm.press(Confirmation.objects.get()).first
    assert not confirm.press(confirmation).first
    assert ConsentEvent.objects.count() == events
    assert Confirmation.objects.get().confirmed_at == first


def test_a_press_applies_the_claims_of_that_submission_and_no_others(
    send, contact, time_machine
):
    time_machine.move_to("2026-05-01T12:00:00+09:00")
    mine = send(email="hanako@mail.example", family_name="鈴木")
    send(email="hanako@mail.example", family_name="悪", phone="03-9999-9999")
    confirm.press(mine.confirmation)
    contact.refresh_from_db()
    assert contact.family_name == "鈴木"
    assert not contact.points.filter(value_norm="+81399999999").exists()
    states = dict(Claim.objects.values_list("text", "state"))
    assert states == {"鈴木": "confirmed", "悪": "waiting", "03-9999-9999": "waiting"}


def test_what_a_press_wrote_stands_in_the_journal(send, contact):
    mine = send(email="hanako@mail.example", family_name="鈴木")
    confirm.press(mine.confirmation)
    operation = journal.Operation.objects.get(kind="confirm")
    change = operation.changes.get()
    assert (change.field, change.new) == ("family_name", "鈴木")
    assert operation.by is None


def test_what_staff_rejected_is_not_applied(send, contact, owner):
    from crm_plugin.intake import claims

    mine = send(email="hanako@mail.example", family_name="鈴木")
    claims.reject(Claim.objects.get(), by=owner)
    confirm.press(mine.confirmation)
    contact.refresh_from_db()
    assert contact.family_name != "鈴木"


def test_only_the_address_of_the_link_is_verified(send, contact):
    contact.points.update(verified_at=None)
    mine = send(email="hanako@mail.example")
    confirm.press(mine.confirmation)
    verified = contact.points.exclude(verified_at=None)
    assert [point.kind for point in verified] == ["email"]


def token(row):
    return signing.make("confirm", row.confirmation.public_id)


def test_a_link_works_for_some_days(asked, time_machine):
    time_machine.move_to(timezone.now())
    link = token(asked)
    assert confirm.read(link).submission == asked
    time_machine.shift(60 * 60 * 24 * 6)
    confirm.read(link)
    time_machine.shift(60 * 60 * 24 * 2)
    with pytest.raises(signing.ExpiredToken):
        confirm.read(link)


def test_a_link_survives_a_new_key(asked, settings):
    link = token(asked)
    settings.CRM_LINK_KEY = "a key of its own"
    assert confirm.read(link).submission == asked


@pytest.mark.parametrize("purpose", ["unsub", "preferences", "form", "thanks"])
def test_a_token_for_another_purpose_opens_nothing(asked, purpose):
    other = signing.make(purpose, asked.confirmation.public_id)
    with pytest.raises(signing.BadToken):
        confirm.read(other)


def test_an_altered_token_opens_nothing(asked):
    link = token(asked)
    for position in range(0, len(link), 7):
        other = "A" if link[position] != "A" else "B"
        with pytest.raises(signing.BadToken):
            confirm.read(link[:position] + other + link[position + 1 :])


def test_after_the_person_is_gone_there_is_nothing_to_confirm(asked):
    link = token(asked)
    Contact.objects.all().delete()
    with pytest.raises(confirm.Gone):
        confirm.read(link)
