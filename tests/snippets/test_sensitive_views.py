import pytest
from django.urls import reverse

from crm_plugin import models
from crm_plugin.contacts import access, records
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LEDGER = "/admin/crm/ledgers/sensitive-views/"


@pytest.fixture
def held(contact):
    """A sensitive value and a plain one."""
    for key, sensitive in (("allergies", True), ("tea", False)):
        factories.AttributeFactory(key=key, type="text", sensitive=sensitive)
    said = {"attribute.allergies": "peanuts", "attribute.tea": "green"}
    records.apply_values(contact, said, by=None)
    return contact


def told():
    rows = models.SensitiveView.objects.order_by("id")
    return list(rows.values_list("contact", "by__username", "keys", "screen"))


def test_who_opens_the_record_is_noted_with_the_attributes_only(held, staff):
    staff.get(held.get_admin_url())
    staff.get(reverse("crm_contact:edit", args=[held.pk]))
    assert told() == [
        (held.pk, "staff", "allergies", "record"),
        (held.pk, "staff", "allergies", "form"),
    ]


def test_who_is_shown_nothing_sensitive_is_not_noted(held, role, login, contact):
    login(role("marketer")).get(held.get_admin_url())
    assert told() == []


def test_a_record_without_sensitive_values_is_not_noted(staff, contact):
    staff.get(contact.get_admin_url())
    assert told() == []


def test_an_export_notes_everybody_in_one_statement(
    held, owner, client, django_assert_num_queries
):
    client.force_login(owner)
    response = client.get(reverse("crm_contact:index"), {"export": "csv"})
    b"".join(response.streaming_content)
    assert told() == [(held.pk, "owner", "allergies", "export")]
    people = factories.ContactFactory.create_batch(5)
    definition = models.AttributeDefinition.objects.get(key="allergies")
    models.ContactValue.objects.bulk_create(
        models.ContactValue(owner=one, definition=definition, text="nuts")
        for one in people
    )
    ids = [one.pk for one in people]
    with django_assert_num_queries(2):
        access.seen(ids, by=owner, screen="export", keys=["allergies"])


def test_the_owner_reads_the_ledger_and_others_do_not(held, staff, role, login):
    staff.get(held.get_admin_url())
    assert staff.get(LEDGER).status_code == 302
    text = login(role("owner")).get(LEDGER).content.decode()
    assert held.name in text
    assert "allergies" in text
    assert "peanuts" not in text


def test_who_compares_two_records_is_noted_where_the_values_are_shown(held, staff):
    twin = factories.ContactFactory()
    records.apply_values(twin, {"attribute.allergies": "crab"}, by=None)
    url = reverse("crm_merge:preview")
    staff.get(f"{url}?survivor={held.pk}&duplicate={twin.pk}")
    assert sorted(told()) == sorted(
        (pk, "staff", "allergies", "merge") for pk in (held.pk, twin.pk)
    )


def test_who_compares_two_records_that_say_the_same_is_not(held, staff):
    twin = factories.ContactFactory()
    records.apply_values(twin, {"attribute.allergies": "peanuts"}, by=None)
    url = reverse("crm_merge:preview")
    staff.get(f"{url}?survivor={held.pk}&duplicate={twin.pk}")
    assert told() == []


def test_who_asks_why_a_sensitive_segment_holds_somebody_is_noted(held, staff):
    url = reverse("crm_contact:why", args=[held.pk])
    segment = factories.SegmentFactory(live=True)
    staff.get(url)
    assert told() == []
    segment.rule = [condition("attribute", attribute="allergies", operator="filled")]
    segment.save()
    staff.get(url)
    assert told() == [(held.pk, "staff", "allergies", "why")]


def test_nothing_is_noted_of_what_nobody_on_record_said(held, owner):
    access.told([(None, "attribute.allergies")], by=owner)
    access.told([(held.pk, "contact.name"), (held.pk, "attribute.tea")], by=owner)
    assert told() == []
