import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_plugin import models
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def sent(contact):
    """A form with one answer that is sensitive."""
    factories.AttributeFactory(key="allergies", type="text", sensitive=True)
    row = factories.SubmissionFactory(contact=contact, page_title="Contact us")
    answer = {"name": "a", "label": "Allergies", "text": "Buckwheat"}
    row.answers += [{**answer, "field": "attribute.allergies", "value": "Buckwheat"}]
    row.save()
    return row


@pytest.fixture
def exporter(role):
    """Staff who may export, with or without one of their other rights."""

    def make(*without):
        user = role("staff")
        user.user_permissions.add(Permission.objects.get(codename="export_contact"))
        group = user.groups.get()
        group.permissions.remove(*Permission.objects.filter(codename__in=without))
        return user

    return make


def exported(client, **asked):
    answer = client.get(reverse("crm_submission:index"), {"export": "csv", **asked})
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def noted():
    rows = models.SensitiveView.objects.order_by("id")
    return list(rows.values_list("contact", "by__username", "keys", "screen"))


def test_the_export_holds_the_list_and_the_answers(sent, login, exporter, contact):
    text = exported(login(exporter()))
    for word in (sent.reference, str(contact), "Contact us", "Allergies: Buckwheat"):
        assert word in text
    assert noted() == [(contact.pk, "staff", "allergies", "export")]


def test_sensitive_answers_leave_with_the_right_only(sent, login, exporter):
    text = exported(login(exporter("view_sensitive")))
    assert sent.reference in text
    assert "Buckwheat" not in text
    assert noted() == []


def test_names_of_contacts_leave_with_the_right_only(sent, login, exporter, contact):
    text = exported(login(exporter("view_contact")))
    assert sent.reference in text
    assert str(contact) not in text


def test_without_the_right_nothing_is_exported(sent, staff):
    answer = staff.get(reverse("crm_submission:index"), {"export": "csv"})
    assert answer.status_code == 302
    assert "Content-Disposition" not in answer


def test_the_filters_of_the_list_hold_for_the_file(sent, login, owner):
    held = factories.SubmissionFactory(state="held", spam_reason="honeypot")
    text = exported(login(owner), state="held")
    assert held.reference in text
    assert sent.reference not in text


def test_the_file_costs_the_same_for_many(sent, login, owner):
    client = login(owner)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            exported(client)
        return len(queries)

    cost()
    few = cost()
    for _number in range(8):
        factories.SubmissionFactory(
            contact=factories.ContactFactory(), answers=sent.answers
        )
    assert cost() == few
