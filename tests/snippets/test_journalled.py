"""What people keep by hand tells every change: old and new value, who and when."""

import pytest

from crm_plugin.models import (
    Change,
    DealStage,
    LostReason,
    Operation,
    Product,
    ProductCategory,
    Resource,
    Service,
    Topic,
)
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def owned(login, role):
    return login(role("owner"))


def typed(row, names, **said):
    """What the form of *row* sends, with what was changed."""
    held = {name: getattr(row, f"{name}_id", getattr(row, name)) for name in names}
    plain = {name: value for name, value in held.items() if value not in (None, False)}
    return plain | said


ROOM = {"places": 8, "kind": "room", "order": 100, "holidays": "usual"} | {
    f"{rows}-{name}_FORMS": number
    for rows in ("hours", "special_days")
    for name, number in (("TOTAL", 0), ("INITIAL", 0), ("MIN_NUM", 0), ("MAX_NUM", 9))
}


def history(client, url, name, row):
    return client.get(url(f"{name}:history", row.pk)).content.decode()


NOUNS = {
    "crm_product": (Product, {"code": "set-a", "name": "Set A"}, "name code"),
    "crm_product_category": (
        ProductCategory,
        {"key": "wine", "name": "Wine"},
        "name name_ja key",
    ),
    "crm_topic": (
        Topic,
        {"key": "wine", "name": "Wine"},
        "name name_ja key description description_ja active order",
    ),
    "crm_deal_stage": (
        DealStage,
        {"key": "talk", "name": "Talk"},
        "name name_ja kind key order active",
    ),
    "crm_lost_reason": (
        LostReason,
        {"key": "far", "name": "Too far"},
        "name name_ja key order active",
    ),
    "crm_resource": (Resource, {"name": "Room", "places": 8}, "name places"),
}


@pytest.mark.parametrize("name", NOUNS)
def test_a_change_tells_old_and_new_value_and_who(name, owned, url):
    model, values, fields = NOUNS[name]
    row = model.objects.create(**values)
    data = ROOM | typed(row, fields.split(), name="Another name")
    assert owned.post(url(f"{name}:edit", row.pk), data).status_code == 302
    text = history(owned, url, name, row)
    assert f"{row.name} → Another name" in text
    assert "owner" in text


def test_a_sender_tells_its_changes(owned, url):
    row = factories.SenderFactory()
    names = "name from_name from_email organisation postal_address contact is_default"
    data = typed(row, names.split(), from_email="news@hinata.example")
    owned.post(url("crm_sender:edit", row.pk), data)
    text = history(owned, url, "crm_sender", row)
    assert "hello@hinata.example → news@hinata.example" in text


def test_a_service_tells_the_times_that_came_and_went(owned, url):
    row = factories.ServiceFactory()
    factories.SlotFactory(service=row)
    names = "name key category duration_minutes buffer_minutes min_party max_party"
    more = "price_per lead_hours days_ahead change_hours order active"
    rooms = [room.pk for room in row.resources.all()]
    held = typed(row, [*names.split(), *more.split()], resources=rooms)
    data = held | {"buffer_minutes": 0, "day_2": "19:00"}
    answer = owned.post(url("crm_service:edit", row.pk), data)
    assert answer.status_code == 302, answer.context["form"].errors
    text = history(owned, url, "crm_service", row)
    assert "18:00" in text
    assert "19:00" in text
    assert Service.objects.get().slots.get().starts.hour == 19


def test_what_was_added_and_deleted_is_kept_as_well(owned, url):
    owned.post(url("crm_resource:add"), ROOM | {"name": "Terrace"})
    row = Resource.objects.get()
    assert "Added" in history(owned, url, "crm_resource", row).title()
    owned.post(url("crm_resource:delete", row.pk))
    gone = Change.objects.get(model="resource", new__isnull=True)
    assert gone.old["name"] == "Terrace"
    assert gone.operation.by.username == "owner"


def test_saving_without_a_change_is_no_change(owned, url):
    row = Resource.objects.create(name="Room", places=8)
    owned.post(url("crm_resource:edit", row.pk), ROOM | {"name": "Room"})
    assert not Operation.objects.exists()


def test_a_long_history_costs_as_many_queries_as_a_short_one(
    owned, url, django_assert_max_num_queries
):
    row = Resource.objects.create(name="Room", places=8)
    edit = url("crm_resource:edit", row.pk)
    owned.post(edit, ROOM | {"name": "Room 0"})
    history(owned, url, "crm_resource", row)
    with django_assert_max_num_queries(30) as few:
        history(owned, url, "crm_resource", row)
    cost = len(few)
    for number in range(5):
        owned.post(edit, ROOM | {"name": f"Room {number + 1}"})
    with django_assert_max_num_queries(cost):
        history(owned, url, "crm_resource", row)


def test_the_settings_tell_their_changes(owned, url):
    said = {"business_name": "Hinata", "fiscal_year_start": "4"}
    owned.post(url("crm_settings:edit"), said)
    owned.post(url("crm_settings:edit"), said | {"business_name": "Hinata-ya"})
    text = owned.get(url("crm_settings:edit")).content.decode()
    assert "Hinata → Hinata-ya" in text
