import re

import pytest
from django.urls import reverse

from crm_plugin import models

pytestmark = pytest.mark.django_db


@pytest.fixture
def submission(contact):
    return models.Submission.objects.create(
        key="one",
        kind="inquiry",
        reference="F0001",
        contact=contact,
        email_norm="hanako@mail.example",
        answers=[
            {
                "name": "family",
                "label": "Family name",
                "field": "contact.family_name",
                "value": "鈴木",
                "text": "鈴木",
            }
        ],
    )


@pytest.fixture
def claim(submission, contact):
    return models.Claim.objects.create(
        submission=submission,
        contact=contact,
        field="contact.family_name",
        label="Family name",
        value="鈴木",
        text="鈴木",
    )


@pytest.fixture
def staff(client, role):
    client.force_login(role("staff"))
    return client


def press(client, name, row):
    return client.post(reverse(f"crm_claim:{name}", args=[row.pk]))


def test_the_record_offers_the_three_answers(staff, claim, contact):
    text = staff.get(contact.get_admin_url()).content.decode()
    for name, row in [
        ("accept", claim),
        ("reject", claim),
        ("another_person", claim.submission),
    ]:
        assert reverse(f"crm_claim:{name}", args=[row.pk]) in text


def test_accepting_writes_the_value(staff, claim, contact):
    press(staff, "accept", claim)
    contact.refresh_from_db()
    assert contact.family_name == "鈴木"


def test_rejecting_leaves_the_record(staff, claim, contact):
    press(staff, "reject", claim)
    claim.refresh_from_db()
    assert (claim.state, claim.contact.family_name) == ("rejected", contact.family_name)


def test_all_of_a_form_are_accepted_at_once(staff, claim, contact):
    press(staff, "accept_all", claim.submission)
    contact.refresh_from_db()
    assert contact.family_name == "鈴木"


def test_another_person_leads_to_the_new_record(staff, claim, contact):
    response = press(staff, "another_person", claim.submission)
    new = models.Contact.objects.exclude(pk=contact.pk).get()
    assert response["Location"] == new.get_admin_url()
    contact.refresh_from_db()
    assert contact.family_name != "鈴木"


def test_pressing_twice_is_no_error(staff, claim):
    press(staff, "accept", claim)
    assert press(staff, "accept", claim).status_code == 302


def test_a_link_answers_nothing(staff, claim):
    assert staff.get(reverse("crm_claim:accept", args=[claim.pk])).status_code == 405


def test_a_marketer_neither_sees_nor_answers_it(client, role, claim, contact):
    client.force_login(role("marketer"))
    assert "鈴木" not in client.get(contact.get_admin_url()).content.decode()
    press(client, "accept", claim)
    claim.refresh_from_db()
    assert claim.state == "waiting"


def test_everything_that_waits_stands_in_one_list(staff, claim, contact):
    text = staff.get(reverse("crm_claim:index")).content.decode()
    assert "鈴木" in text
    assert contact.get_admin_url() in text


def test_the_list_says_what_it_is_and_about_whom(staff, claim, contact):
    text = staff.get(reverse("crm_claim:index")).content.decode()
    assert f'Changes about <a href="{contact.get_admin_url()}">{contact}</a>' in text
    assert re.search(r"<h1[^>]*>.*Changes waiting for confirmation", text, re.DOTALL)


def test_a_claim_on_a_sensitive_attribute_needs_the_right(client, role, claim, contact):
    from django.contrib.auth.models import Permission

    from tests import factories

    factories.AttributeFactory(
        key="allergies", label="Allergies", type="text", sensitive=True
    )
    models.Claim.objects.filter(pk=claim.pk).update(
        field="attribute.allergies", value="peanuts", text="peanuts"
    )
    user = role("marketer")
    user.user_permissions.add(Permission.objects.get(codename="view_claim"))
    client.force_login(user)
    assert "peanuts" not in client.get(contact.get_admin_url()).content.decode()
    assert "peanuts" not in client.get(reverse("crm_claim:index")).content.decode()
