"""Who saw what is sensitive about an organisation or one of its departments."""

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.urls import reverse

from crm_plugin import models
from crm_plugin.contacts import access, values
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LEDGER = "/admin/crm/ledgers/sensitive-views/"


@pytest.fixture
def part(hikari):
    return hikari.departments.create(name="Purchasing")


@pytest.fixture
def held(hikari, part):
    """A sensitive value of each, and a plain one."""
    for key, noun, sensitive in (
        ("debts", "organisation", True),
        ("colour", "organisation", False),
        ("quarrel", "department", True),
    ):
        factories.AttributeFactory(
            key=key, type="text", describes=noun, sensitive=sensitive
        )
    said = {hikari.pk: {"debts": "many", "colour": "red"}}
    values.write(said, noun="organisation", by=None)
    values.write({part.pk: {"quarrel": "with sales"}}, noun="department", by=None)
    return hikari


def told():
    rows = models.SensitiveView.objects.order_by("id")
    return list(rows.values_list("organisation", "by__username", "keys", "screen"))


def test_who_opens_the_record_is_noted_once_with_what_departments_hold(held, staff):
    staff.get(held.get_admin_url())
    assert told() == [(held.pk, "staff", "debts, quarrel", "record")]
    assert models.SensitiveView.objects.get().contact is None


def test_who_opens_a_form_is_noted_with_what_the_form_shows(held, part, staff):
    staff.get(reverse("crm_organisation:edit", args=[held.pk]))
    staff.get(reverse("crm_organisation:edit_department", args=[part.pk]))
    assert told() == [
        (held.pk, "staff", "debts", "form"),
        (held.pk, "staff", "quarrel", "form"),
    ]


def test_who_opens_the_yearly_values_is_noted(hikari, sales_per_year, staff):
    values.write({hikari.pk: {"sales": 12}}, noun="organisation", by=None)
    url = reverse("crm_organisation:years", args=[hikari.pk])
    staff.get(url)
    assert told() == []
    type(sales_per_year).objects.update(sensitive=True)
    staff.get(url)
    assert told() == [(hikari.pk, "staff", "sales", "form")]


def test_who_is_shown_nothing_sensitive_is_not_noted(held, role, login):
    login(role("marketer")).get(held.get_admin_url())
    assert told() == []


def test_who_takes_sensitive_values_as_a_file_is_noted(held, as_owner):
    answer = as_owner.get(reverse("crm_organisation:index"), {"export": "csv"})
    text = b"".join(answer.streaming_content).decode()
    assert "many" in text
    assert "with sales" not in text
    assert told() == [(held.pk, "owner", "debts", "export")]


def test_without_the_right_a_file_holds_nothing_sensitive(held, outsider, login):
    wanted = ["view_organisation", "export_contact"]
    outsider.user_permissions.add(*Permission.objects.filter(codename__in=wanted))
    answer = login(outsider).get(reverse("crm_organisation:index"), {"export": "csv"})
    text = b"".join(answer.streaming_content).decode()
    assert "red" in text
    assert "many" not in text
    assert "debts" not in text
    assert told() == []


def test_the_ledger_leads_to_the_organisation(held, as_owner):
    as_owner.get(held.get_admin_url())
    text = as_owner.get(LEDGER).content.decode()
    assert held.name in text
    assert held.get_admin_url() in text
    row = models.SensitiveView.objects.get()
    assert held.name in as_owner.get(f"{LEDGER}inspect/{row.pk}/").content.decode()


def test_a_line_is_about_one_record_exactly(hikari, contact):
    both = {"contact": contact, "organisation": hikari}
    for said in ({}, both):
        with pytest.raises(IntegrityError), transaction.atomic():
            models.SensitiveView.objects.create(screen="record", keys="x", **said)


def test_many_organisations_are_noted_in_three_statements(
    held, owner, django_assert_num_queries
):
    others = factories.OrganisationFactory.create_batch(5)
    said = {one.pk: {"debts": "none"} for one in others}
    values.write(said, noun="organisation", by=None)
    ids = [held.pk, *said]
    owner.has_perm("crm_plugin.view_sensitive")
    with django_assert_num_queries(3):
        access.seen_organisations(ids, by=owner, screen="record")
    assert len(told()) == 6
