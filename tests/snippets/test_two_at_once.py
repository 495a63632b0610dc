"""Two people, or a person and a sheet, change one record at once: nobody is overruled."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from crm_plugin.contacts import editing, records
from crm_plugin.models import AttributeDefinition, ContactPoint, Inquiry
from crm_plugin.touchpoints import follow_ups, inquiries
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def form(login, owner, contact):
    """What the open form would send, unchanged; it is opened at the first call."""
    factories.AttributeFactory(key="tea", label="Tea", type="text")
    client, url = login(owner), reverse("crm_contact:edit", args=[contact.pk])
    shown = client.get(url).context
    data = {name: shown["form"][name].value() or "" for name in shown["form"].fields}
    rows = shown["rows"]
    data |= {"points-TOTAL_FORMS": len(rows.forms), "points-INITIAL_FORMS": 0}
    for number, row in enumerate(rows.forms):
        for name in ("kind", "value"):
            data[f"points-{number}-{name}"] = row[name].value() or ""

    def send(**typed):
        return client.post(url, {**data, **typed})

    return send


def test_what_a_visitors_form_brought_meanwhile_stays(form, contact):
    records.apply_values(contact, {"attribute.tea": "green"}, by=None, kind="claim")
    page = form(contact__given_name="華子")
    assert ("Tea", "green") in page.context["theirs"]
    assert 'value="華子"' in page.content.decode()
    contact.refresh_from_db()
    assert contact.given_name == "花子"


def test_an_address_that_was_added_meanwhile_is_not_taken_away(form, contact):
    factories.PointFactory(contact=contact, value="new@mail.example")
    page = form(contact__given_name="華子")
    ((label, text),) = [row for row in page.context["theirs"] if row[0] != "Given name"]
    assert (label, "new@mail.example" in text) == ("How to reach them", True)
    assert ContactPoint.objects.filter(value="new@mail.example").exists()


def test_a_new_owner_is_told(form, contact):
    colleague = User.objects.create_superuser("akari", first_name="Akari")
    editing.save(contact, {}, owner=colleague, version=contact.version, by=None)
    page = form(contact__given_name="華子")
    assert ("Owner", "Akari") in page.context["theirs"]
    contact.refresh_from_db()
    assert contact.owner == colleague


def test_who_is_told_a_sensitive_value_is_noted_once_more(form, contact):
    AttributeDefinition.objects.update(sensitive=True)
    records.apply_values(contact, {"attribute.tea": "green"}, by=None)
    page = form(contact__given_name="華子")
    assert ("Tea", "green") in page.context["theirs"]
    assert [row.keys for row in contact.sensitive_views.all()] == ["tea"]


def test_saving_once_more_after_being_told_is_a_decision(form, contact):
    records.apply_values(contact, {"attribute.tea": "green"}, by=None)
    told = form(contact__given_name="華子").context["form"]
    again = {name: told[name].value() for name in ("version", "seen")}
    assert form(contact__given_name="華子", **again).status_code == 302
    contact.refresh_from_db()
    assert contact.given_name == "華子"


def test_what_changed_elsewhere_on_the_record_stops_nobody(form, contact):
    factories.TouchpointFactory(contact=contact)
    assert form(contact__given_name="華子").status_code == 302


def test_an_owner_who_left_is_not_taken_away_by_saving(login, owner, contact):
    gone = User.objects.create_user("gone", is_active=False)
    contact.owner = gone
    contact.save()
    client, url = login(owner), reverse("crm_contact:edit", args=[contact.pk])
    shown = client.get(url).context["form"]
    data = {name: shown[name].value() or "" for name in shown.fields}
    data |= {"points-TOTAL_FORMS": 0, "points-INITIAL_FORMS": 0}
    data["contact__given_name"] = "華子"
    assert client.post(url, data).status_code == 302
    contact.refresh_from_db()
    assert (contact.owner, contact.given_name) == (gone, "華子")


def test_a_step_that_a_colleague_ticked_off_is_not_put_off(staff, contact, owner):
    step = follow_ups.plan(contact, due_on="2026-01-05", what="Call")
    follow_ups.done(step, by=owner)
    url = reverse("crm_today:move", args=[step.pk])
    page = staff.post(url, {"due_on": "2030-01-31"}, follow=True)
    assert "Somebody has ticked this off already." in page.content.decode()


def test_who_takes_an_inquiry_that_somebody_took_meanwhile_is_told(
    login, role, owner, inquiry
):
    inquiries.assign(inquiry, owner)
    client = login(role("staff"))
    mine = User.objects.get(username="staff").pk
    url = inquiry.get_admin_url()
    said = {"do": "owner", "owner": mine, "owner_was": "", "body": "My draft"}
    text = client.post(url, said).content.decode()
    assert Inquiry.objects.get().owner == owner
    assert "Meanwhile somebody said who answers: owner" in text
    assert "My draft" in text
    client.post(url, {**said, "owner_was": owner.pk})
    assert Inquiry.objects.get().owner_id == mine
