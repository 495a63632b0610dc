"""A merge is undone after something that it moved is gone: the rest comes back."""

import pytest
from django.contrib.auth.models import User
from django.db import connection

from crm_plugin.consents import ledger, rebuild
from crm_plugin.contacts.merge import merge_contacts, undo_merge
from crm_plugin.models import Consent, Contact
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    """Two records; each agreed to a topic, the first one left another one."""
    topic, wine = factories.TopicFactory(), factories.TopicFactory(key="wine")
    one, two = (factories.PointFactory() for _each in range(2))
    words = ledger.wording_for("Yes.", "en")
    for point in (one, two):
        ledger.confirm(point, topic, wording=words)
        ledger.confirm(point, wine, wording=words)
    ledger.withdraw(one, topic=wine, source="one-click")
    return one.contact, two.contact


def test_an_address_that_was_removed_takes_its_consents_along(pair):
    survivor, duplicate = pair
    operation = merge_contacts(survivor, duplicate, by=None)
    survivor.points.order_by("id").last().delete()
    undo_merge(operation, by=None)
    connection.check_constraints()
    people = Consent.objects.values_list("point__contact", flat=True)
    assert set(people) == {survivor.pk}
    assert Contact.objects.filter(pk=duplicate.pk).exists()
    assert rebuild.differences() == []


def test_a_record_comes_back_without_the_introducer_who_is_gone(pair):
    survivor, duplicate = pair
    friend, owner = factories.ContactFactory(), User.objects.create_user("aya")
    rows = Contact.objects.filter(pk=duplicate.pk)
    rows.update(introduced_by=friend, owner=owner)
    duplicate.refresh_from_db()
    operation = merge_contacts(survivor, duplicate, by=None)
    Contact.objects.update(introduced_by=None, owner=None)
    friend.delete()
    owner.delete()
    undo_merge(operation, by=None)
    connection.check_constraints()
    back = rows.get()
    assert (back.introduced_by, back.owner) == (None, None)
