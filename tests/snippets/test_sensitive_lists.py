"""Being on a list tells something where its rule asks for sensitive values."""

import pytest
from django.urls import reverse

from crm_plugin import models
from crm_plugin.contacts import access, records, values
from crm_plugin.segments import shown
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ALLERGIC = condition("attribute", attribute="allergies", operator="filled")
DRINKS = condition("attribute", attribute="tea", operator="filled")


@pytest.fixture
def held(contact):
    """Two sensitive values and a plain one."""
    for key, sensitive in (("allergies", True), ("faith", True), ("tea", False)):
        factories.AttributeFactory(key=key, type="text", sensitive=sensitive)
    said = {"allergies": "peanuts", "faith": "none", "tea": "green"}
    said = {f"attribute.{key}": text for key, text in said.items()}
    records.apply_values(contact, said, by=None)
    factories.ContactFactory()
    return contact


def told(whose="contact"):
    rows = models.SensitiveView.objects.order_by("id")
    return list(rows.values_list(whose, "by__username", "keys", "screen"))


def segment_of(*rule, holds):
    segment = factories.SegmentFactory(rule=list(rule), live=True)
    segment.save()
    factories.MembershipFactory(segment=segment, contact=holds)
    return segment


def test_who_lists_the_members_of_a_sensitive_segment_is_noted(held, staff):
    segment = segment_of(ALLERGIC, holds=held)
    staff.get(reverse("crm_segment:inspect", args=[segment.pk]))
    assert told() == [(held.pk, "staff", "allergies", "why")]


def test_the_members_of_any_other_segment_are_listed_without_a_note(held, staff):
    segment = segment_of(DRINKS, holds=held)
    staff.get(reverse("crm_segment:inspect", args=[segment.pk]))
    assert told() == []


def test_a_segment_inside_a_segment_may_rest_on_any_of_them(held, staff):
    inner = segment_of(ALLERGIC, holds=held)
    rule = condition("segment", segment=inner.key, state="in")
    outer = segment_of(rule, holds=held)
    staff.get(reverse("crm_segment:inspect", args=[outer.pk]))
    assert told() == [(held.pk, "staff", "allergies, faith", "why")]


@pytest.mark.parametrize("view", ["index", "index_results", "bulk"])
def test_who_filters_contacts_by_something_sensitive_is_noted(held, staff, view):
    url = reverse(f"crm_contact:{view}")
    assert held.name in staff.get(url, {"a_tea": "green"}).content.decode()
    assert told() == []
    assert held.name in staff.get(url, {"a_allergies": "peanuts"}).content.decode()
    assert told() == [(held.pk, "staff", "allergies", "why")]


def test_who_previews_a_sensitive_rule_is_noted_with_the_names_shown(
    held, owner, login
):
    segment = segment_of(ALLERGIC, holds=held)
    revision = segment.save_revision()
    url = reverse("crm_segment:revisions_view", args=[segment.pk, revision.pk])
    assert held.name in login(owner).get(url).content.decode()
    assert told() == [(held.pk, "owner", "allergies", "why")]


def test_a_rule_about_their_organisation_notes_the_organisation(contact, staff):
    firm = factories.OrganisationFactory()
    firm.affiliations.create(contact=contact)
    for key in ("debts", "quarrel"):
        factories.AttributeFactory(
            key=key, type="text", describes="organisation", sensitive=True
        )
    said = {firm.pk: {"debts": "many", "quarrel": "one"}}
    values.write(said, noun="organisation", by=None)
    rule = condition("organisation_attribute", attribute="debts", operator="filled")
    segment = segment_of(rule, holds=contact)
    staff.get(reverse("crm_segment:inspect", args=[segment.pk]))
    assert told("organisation") == [(firm.pk, "staff", "debts", "why")]


def test_a_long_list_is_noted_in_one_statement(held, owner, django_assert_num_queries):
    definition = models.AttributeDefinition.objects.get(key="allergies")
    people = factories.ContactFactory.create_batch(5)
    models.ContactValue.objects.bulk_create(
        models.ContactValue(owner=one, definition=definition, text="nuts")
        for one in people
    )
    ids = [one.pk for one in people]
    access.seen(ids, by=owner, screen="why")
    # The attribute that the rule names, its choices, who holds it, and one insert.
    with django_assert_num_queries(4):
        shown.chosen_by([ALLERGIC], ids, by=owner)
