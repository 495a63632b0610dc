"""Out of every list, and back again."""

import pytest

from crm_plugin import rules
from crm_plugin.contacts import archiving
from crm_plugin.journal import Change
from crm_plugin.models import Affiliation, Contact, ContactChange
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db


def test_an_archived_contact_is_chosen_by_no_rule_and_comes_back(contact, owner):
    rule = [condition("owner", owner="nobody")]
    assert archiving.archive(contact, by=owner)
    assert not rules.compile_rule(rule).exists()
    assert not archiving.archive(contact, by=owner)
    assert archiving.bring_back(contact, by=owner)
    assert rules.compile_rule(rule).get() == contact.pk
    assert not archiving.bring_back(contact, by=owner)


def test_it_stands_in_the_journal_and_in_the_feed_of_changes(contact, owner):
    ContactChange.objects.all().delete()
    archiving.archive(contact, by=owner)
    change = Change.objects.get(field="archived_at")
    assert (change.old, change.operation.by) == (None, owner)
    assert ContactChange.objects.get().contact_id == contact.pk
    assert Contact.objects.get().version == contact.version


def test_the_people_of_an_archived_organisation_are_asked_anew(contact, owner):
    firm = factories.OrganisationFactory()
    Affiliation.objects.create(contact=contact, organisation=firm)
    ContactChange.objects.all().delete()
    archiving.archive(firm, by=owner)
    assert ContactChange.objects.get().contact_id == contact.pk
    assert not type(firm).objects.current().exists()
