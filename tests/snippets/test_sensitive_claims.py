"""What a form says about sensitive attributes is noted where somebody reads it."""

import pytest
from django.urls import reverse

from crm_plugin import models
from crm_plugin.snippets.claim_groups import grouped
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def allergies(db):
    return factories.AttributeFactory(key="allergies", type="text", sensitive=True)


def say(contact, field="attribute.allergies"):
    """A form with one answer, which waits."""
    said = {"field": field, "label": field, "value": "peanuts", "text": "peanuts"}
    submission = factories.SubmissionFactory(
        contact=contact, answers=[{"name": "a", **said}]
    )
    return models.Claim.objects.create(submission=submission, contact=contact, **said)


@pytest.fixture
def claim(allergies, contact):
    return say(contact)


def told():
    rows = models.SensitiveView.objects.order_by("id")
    return list(rows.values_list("contact", "by__username", "keys", "screen"))


@pytest.fixture
def screens(claim, inquiry):
    """Every screen that shows what waits, or what was sent."""
    pk, contact = claim.submission_id, claim.contact_id
    return {
        "claims": lambda browser: browser.get(reverse("crm_claim:index")),
        "record": lambda browser: browser.get(claim.contact.get_admin_url()),
        "answer": lambda browser: browser.get(inquiry.get_admin_url()),
        "form": lambda browser: browser.get(
            reverse("crm_submission:inspect", args=[pk])
        ),
        "counter": lambda browser: browser.post(
            reverse("crm_counter:claims"), {"contact": contact}
        ),
    }


@pytest.mark.parametrize("name", ["claims", "record", "answer", "form", "counter"])
def test_a_claim_is_noted_where_it_is_shown(name, screens, staff, contact):
    assert "peanuts" in screens[name](staff).content.decode()
    assert told() == [(contact.pk, "staff", "allergies", "claim")]


@pytest.mark.parametrize("name", ["claims", "record", "answer", "form", "counter"])
def test_who_is_not_shown_the_claim_is_not_noted(name, screens, role, login):
    user = role("staff")
    group = user.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="view_sensitive"))
    assert "peanuts" not in screens[name](login(user)).content.decode()
    assert told() == []


def test_a_claim_of_an_attribute_that_was_switched_off_is_noted(
    claim, allergies, staff
):
    type(allergies).objects.update(active=False)
    staff.get(reverse("crm_claim:index"))
    assert len(told()) == 1


def test_a_claim_that_is_not_sensitive_is_not_noted(contact, staff):
    factories.AttributeFactory(key="tea", type="text")
    say(contact, "attribute.tea")
    say(contact, "contact.family_name")
    staff.get(reverse("crm_claim:index"))
    assert told() == []


def test_many_claims_are_noted_in_two_statements(
    claim, owner, django_assert_num_queries
):
    for person in factories.ContactFactory.create_batch(5):
        say(person)
    rows = models.Claim.objects.all()
    owner.has_perm("crm_plugin.view_sensitive")
    with django_assert_num_queries(3):
        assert len(grouped(rows, owner)) == 6
    assert len(told()) == 6
