"""What somebody typed into a form is asked at the counter while they stand there."""

import pytest
from django.contrib.auth.models import Group, Permission

from crm_plugin.models import Claim, ContactPoint, Operation, Purchase
from crm_plugin.touchpoints import history
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def submission(contact):
    return factories.SubmissionFactory(
        contact=contact, email_norm="hanako@mail.example", state="processed"
    )


@pytest.fixture
def claim(submission, contact):
    """She typed another family name into a form."""
    return submission.claims.create(
        contact=contact,
        field="contact.family_name",
        label="Family name",
        value="鈴木",
        text="鈴木",
    )


@pytest.fixture
def press(staff, url, contact):
    """Press a button of the counter with a sale half typed."""

    def post(do, **said):
        data = {"payment": "card", "channel": "shop", "key": "k", "do": do}
        data |= {"contact": contact.pk, "amount": "1200", **said}
        return staff.post(url("crm_counter:index"), data)

    return post


def text(answer):
    return answer.content.decode()


def test_it_is_shown_once_the_person_is_chosen(staff, url, claim, contact):
    page = text(staff.get(url("crm_counter:index"), {"contact": contact.pk}))
    assert "鈴木" in page
    for verdict in ("accept", "reject", "other"):
        assert f'value="claim:{claim.pk}:{verdict}"' in page


def test_nothing_is_shown_of_anybody_else(staff, url, claim):
    other = factories.ContactFactory()
    page = text(staff.get(url("crm_counter:index"), {"contact": other.pk}))
    assert "鈴木" not in page


def test_the_script_asks_for_the_same_by_post(staff, url, claim, contact):
    answer = staff.post(url("crm_counter:claims"), {"contact": contact.pk})
    assert f"claim:{claim.pk}:accept" in text(answer)
    assert staff.get(url("crm_counter:claims")).status_code == 405


@pytest.mark.parametrize("typed", ["", "x", "0", "9" * 30])
def test_nobody_chosen_shows_nothing(staff, url, claim, typed):
    answer = staff.post(url("crm_counter:claims"), {"contact": typed})
    assert answer.status_code == 200
    assert "claim:" not in text(answer)


def test_asked_and_right_writes_it_with_its_basis(press, claim, contact, owner):
    press(f"claim:{claim.pk}:accept")
    contact.refresh_from_db()
    claim.refresh_from_db()
    assert contact.family_name == "鈴木"
    assert (claim.state, claim.basis) == ("accepted", "asked")
    assert claim.decided_by.username == "staff"
    titles = [entry.title for entry in history.story(contact, user=owner)]
    assert "A change from a form was accepted: the person was asked" in titles


def test_asked_and_wrong_leaves_the_record(press, claim, contact):
    press(f"claim:{claim.pk}:reject")
    claim.refresh_from_db()
    assert (claim.state, claim.basis) == ("rejected", "asked")
    assert not Operation.objects.filter(kind="claim_asked").exists()


def test_another_person_gets_a_record_of_its_own(press, claim, contact):
    press(f"claim:{claim.pk}:other")
    claim.refresh_from_db()
    assert claim.state == "moved"
    assert claim.submission.contact != contact


def test_what_was_typed_of_the_sale_stays(press, claim):
    page = text(press(f"claim:{claim.pk}:accept"))
    assert 'value="1200"' in page
    assert not Purchase.objects.exists()
    assert "Not recorded yet" not in page
    assert "claim:" not in page


def test_an_address_that_was_asked_about_is_confirmed_by_staff(press, submission):
    contact = submission.contact
    claim = submission.claims.create(
        contact=contact,
        field="point.phone",
        label="Phone",
        value="+819099998888",
        text="090-9999-8888",
    )
    press(f"claim:{claim.pk}:accept")
    point = ContactPoint.objects.get(contact=contact, value_norm="+819099998888")
    assert point.verified_by == "staff"
    assert point.verified_at


def test_on_the_answer_screen_nobody_was_asked(staff, inquiry, claim):
    data = {"do": f"claim:{claim.pk}:accept", "subject": "", "body": "", "key": "k"}
    staff.post(inquiry.get_admin_url(), data)
    claim.refresh_from_db()
    assert (claim.state, claim.basis) == ("accepted", "")


def test_a_claim_of_another_contact_is_left_alone(press, claim):
    Claim.objects.update(contact=factories.ContactFactory())
    press(f"claim:{claim.pk}:accept")
    claim.refresh_from_db()
    assert claim.state == "waiting"


@pytest.mark.parametrize("do", ["claim:", "claim:x:accept", f"claim:{'9' * 30}:accept"])
def test_a_button_that_is_none_changes_nothing(press, claim, do):
    assert press(do).status_code == 200
    claim.refresh_from_db()
    assert claim.state == "waiting"


def test_who_may_not_decide_sees_no_buttons(press, staff, url, claim, contact):
    rights = Permission.objects.filter(codename="change_claim")
    Group.objects.get(name="Staff").permissions.remove(*rights)
    page = text(staff.get(url("crm_counter:index"), {"contact": contact.pk}))
    assert "鈴木" in page
    assert "claim:" not in page
    press(f"claim:{claim.pk}:accept")
    claim.refresh_from_db()
    assert claim.state == "waiting"


def test_hidden_attributes_stay_hidden(staff, url, submission):
    attribute = factories.AttributeFactory(
        key="allergies", label="Allergies", type="text", sensitive=True
    )
    submission.claims.create(
        contact=submission.contact,
        field=f"attribute.{attribute.key}",
        label="Allergies",
        value="shrimp",
        text="shrimp",
    )
    right = Permission.objects.get(codename="view_sensitive")
    Group.objects.get(name="Staff").permissions.remove(right)
    answer = staff.post(url("crm_counter:claims"), {"contact": submission.contact.pk})
    assert "shrimp" not in text(answer)


def test_many_claims_cost_as_much_as_one(
    staff, url, submission, claim, django_assert_max_num_queries
):
    asked = {"contact": submission.contact.pk}
    staff.post(url("crm_counter:claims"), asked)
    with django_assert_max_num_queries(20) as few:
        staff.post(url("crm_counter:claims"), asked)
    for number in range(8):
        submission.claims.create(
            contact=submission.contact,
            field=f"contact.field{number}",
            label="x",
            value="x",
            text="x",
        )
    with django_assert_max_num_queries(len(few)):
        staff.post(url("crm_counter:claims"), asked)
