"""A shop that sells to consumers only meets organisations nowhere."""

import pytest
from django.urls import reverse

from crm_plugin import models
from crm_plugin.contacts import changed, fields, records, search
from crm_plugin.forms import mapping
from crm_plugin.reports.kpi import all_kpis
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
WORDS = ("rganisation", "epartment", "ob title", "株式会社ひかり")


@pytest.fixture
def shop(hikari, place, db):
    """One member of a firm with an attribute, and the switch."""
    factories.AttributeFactory(
        key="industry", label="Branch", type="text", describes="organisation"
    )
    department = hikari.departments.create(name="総務部")
    models.Affiliation.objects.update(department=department)
    both = {"contact": place.contact, "organisation": hikari}
    factories.DealFactory(title="Party", **both)
    factories.DealFactory(title="Boxes", contact=None, organisation=hikari)
    factories.PurchaseFactory(**both)
    factories.PurchaseFactory(contact=None, organisation=hikari)
    return models.CrmSettings.objects.create(consumers_only=True)


def body(text):
    return text.split("<main")[1]


def screens(contact):
    segment = factories.SegmentFactory(live=True)
    return [
        reverse("crm_contact:index"),
        reverse("crm_contact:add"),
        reverse("crm_contact:edit", args=[contact.pk]),
        contact.get_admin_url(),
        reverse("crm_attribute:index"),
        reverse("crm_attribute:add"),
        reverse("crm_purchase:index"),
        *(purchase.get_admin_url() for purchase in models.Purchase.objects.all()),
        reverse("crm_purchase:add"),
        reverse("crm_counter:index") + f"?contact={contact.pk}",
        reverse("crm_call:index") + "?number=0166",
        reverse("crm_call:contact", args=[contact.pk]),
        reverse("crm_deal:index"),
        reverse("crm_deal:list"),
        reverse("crm_deal:durations"),
        *(deal.get_admin_url() for deal in models.Deal.objects.all()),
        reverse("crm_deal:add") + f"?contact={contact.pk}",
        reverse("crm_merge:choose", args=[contact.pk]),
        reverse("crm_import:new"),
        *(reverse("crm_report:show", args=[kpi.name]) for kpi in all_kpis()),
        reverse("crm_home:index"),
        reverse("crm_segment:list"),
        reverse("crm_segment:inspect", args=[segment.pk]),
    ]


def test_no_screen_and_no_menu_says_the_word(as_owner, shop, place):
    for address in screens(place.contact):
        text = as_owner.get(address).content.decode()
        assert "/crm/organisations" not in text, address
        assert [word for word in WORDS if word in body(text)] == [], address


@pytest.mark.parametrize("name", ["crm_purchase:index", "crm_deal:list"])
def test_no_export_says_it(as_owner, shop, place, name):
    answer = as_owner.get(reverse(name), {"export": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert [word for word in WORDS if word in text] == []


def test_whoever_looks_for_a_person_is_not_told_either(as_owner, shop, place):
    search.refresh([place.contact_id])
    answer = as_owner.post(reverse("crm_find:people"), {"q": "佐藤"})
    assert "佐藤 花子" in answer.content.decode()
    assert "株式会社ひかり" not in answer.content.decode()


def test_with_organisations_they_say_it(as_owner, shop, place):
    shop.delete()
    text = as_owner.get(place.contact.get_admin_url()).content.decode()
    assert "/crm/organisations" in text
    assert "株式会社ひかり" in body(text)


def test_its_own_screens_do_not_exist(as_owner, shop, hikari, place):
    department = hikari.departments.get()
    named = {
        "index": [],
        "add": [],
        "inspect": [hikari.pk],
        "edit": [hikari.pk],
        "years": [hikari.pk],
        "add_person": [hikari.pk],
        "edit_place": [place.pk],
        "end_place": [place.pk],
        "edit_department": [department.pk],
        "remove_department": [department.pk],
    }
    for name, args in named.items():
        address = reverse(f"crm_organisation:{name}", args=args)
        assert as_owner.get(address).status_code == 404, name
    address = reverse("crm_contact:add_place", args=[place.contact_id])
    assert as_owner.get(address).status_code == 404


def test_neither_forms_nor_imports_nor_the_history_know_them(shop, place, owner):
    names = [field.name for field in fields.mappable(owner)]
    assert not [name for name in names if name.startswith(mapping.OF_ORGANISATIONS)]
    asked = ["organisation.name", "contact.name"]
    known = mapping.fields_for(asked)
    assert mapping.not_asked(asked, known) == {"organisation.name"}
    records.apply_values(place.contact, {"contact.note": "x"}, by=owner)
    told = changed.of(place.contact_id, before=None, limit=9, user=owner)
    labels = {label for entry in told for label, _text in entry.lines}
    assert labels == {"Note"}


def test_saving_a_contact_leaves_the_hidden_place_alone(as_owner, shop, place):
    contact = place.contact
    said = {
        "contact__family_name": contact.family_name,
        "contact__given_name": "花",
        "version": contact.version,
        "points-TOTAL_FORMS": 0,
        "points-INITIAL_FORMS": 0,
    }
    as_owner.post(reverse("crm_contact:edit", args=[contact.pk]), said)
    place.refresh_from_db()
    assert (place.title, place.ended_on) == ("総務部長", None)
