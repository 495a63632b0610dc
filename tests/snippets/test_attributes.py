import pytest
from django.urls import reverse

from crm_plugin import merge_tags, models
from crm_plugin.contacts import fields, records
from tests import factories

pytestmark = pytest.mark.django_db

ADD = "crm_attribute:add"


@pytest.fixture
def marketer(client, role):
    client.force_login(role("marketer"))
    return client


def rows(*said):
    stored = sum("key" in row for row in said if isinstance(row, dict))
    data = {"choices-TOTAL_FORMS": len(said), "choices-INITIAL_FORMS": stored}
    for number, row in enumerate(said):
        row = {"label": row, "active": "on"} if isinstance(row, str) else row
        data |= {f"choices-{number}-{name}": value for name, value in row.items()}
    return data


def typed(*choices, **said):
    return {
        "label": "Occasion",
        "type": "choice",
        "describes": "contact",
        "area": "basic",
        "order": "100",
        "active": "on",
        "classifiable": "on",
        **rows(*choices),
        **said,
    }


def edit_url(definition):
    return reverse("crm_attribute:edit", args=[definition.pk])


def test_a_marketer_adds_one_without_code(marketer):
    marketer.post(reverse(ADD), typed("Family", "Anniversary", "Business"))
    field = fields.field("attribute.occasion")
    assert [label for _key, label in field.choices] == [
        "Family",
        "Anniversary",
        "Business",
    ]


def test_a_value_per_period_can_be_asked_for(marketer):
    marketer.post(reverse(ADD), typed(type="number", label="Sales", dated="on"))
    assert models.AttributeDefinition.objects.get(key="sales").dated


def test_it_is_at_once_a_mapping_and_a_merge_tag(marketer):
    marketer.post(reverse(ADD), typed("Family"))
    assert "attribute.occasion" in [field.name for field in fields.mappable()]
    assert "attribute.occasion" in merge_tags.tags()


def test_a_japanese_name_gives_a_key_that_can_be_typed(marketer):
    marketer.post(reverse(ADD), typed(label="お好み", type="text"))
    key = models.AttributeDefinition.objects.get().key
    assert key.isascii()
    assert key == key.lower()


def test_two_of_one_name_get_two_keys(marketer):
    for _time in range(2):
        marketer.post(reverse(ADD), typed("Family"))
    keys = models.AttributeDefinition.objects.values_list("key", flat=True)
    assert sorted(keys) == ["occasion", "occasion-2"]


def test_a_choice_attribute_needs_a_choice(marketer):
    assert marketer.post(reverse(ADD), typed()).status_code == 200
    assert not models.AttributeDefinition.objects.exists()


def test_a_sensitive_one_needs_a_purpose(marketer):
    data = typed(type="text", sensitive="on")
    assert marketer.post(reverse(ADD), data).status_code == 200
    assert not models.AttributeDefinition.objects.exists()


def test_key_type_and_noun_never_change(marketer):
    marketer.post(reverse(ADD), typed("Family"))
    definition = models.AttributeDefinition.objects.get()
    marketer.post(
        edit_url(definition),
        typed(
            {"key": "family", "label": "Family", "active": "on"},
            label="Why they came",
            key="other",
            type="text",
            describes="organisation",
        ),
    )
    definition.refresh_from_db()
    assert (definition.key, definition.type, definition.describes) == (
        "occasion",
        "choice",
        "contact",
    )
    assert definition.label == "Why they came"


def test_a_choice_keeps_its_key_when_it_is_renamed(marketer):
    marketer.post(reverse(ADD), typed("Family"))
    definition = models.AttributeDefinition.objects.get()
    choice = {"key": "family", "label": "With the family", "active": "on"}
    marketer.post(edit_url(definition), typed(choice))
    assert definition.choices.get().key == "family"
    assert definition.choices.get().label == "With the family"


def test_a_choice_in_use_is_only_switched_off(marketer, contact):
    marketer.post(reverse(ADD), typed("Family", "Business"))
    definition = models.AttributeDefinition.objects.get()
    records.apply_values(contact, {"attribute.occasion": "family"}, by=None)
    gone = {"label": "x", "active": "on", "DELETE": "on"}
    marketer.post(
        edit_url(definition),
        typed({**gone, "key": "family"}, {**gone, "key": "business"}),
    )
    assert list(definition.choices.values_list("key", "active")) == [("family", False)]


def test_switching_it_off_loses_nothing(marketer, contact):
    marketer.post(reverse(ADD), typed("Family"))
    definition = models.AttributeDefinition.objects.get()
    records.apply_values(contact, {"attribute.occasion": "family"}, by=None)
    choice = {"key": "family", "label": "Family", "active": "on"}
    marketer.post(edit_url(definition), typed(choice, active=""))
    assert "attribute.occasion" not in [field.name for field in fields.mappable()]
    assert models.ContactValue.objects.exists()


def test_the_screen_says_where_it_is_used(marketer, contact):
    marketer.post(reverse(ADD), typed("Family"))
    records.apply_values(contact, {"attribute.occasion": "family"}, by=None)
    definition = models.AttributeDefinition.objects.get()
    assert (
        "1 record holds a value" in marketer.get(edit_url(definition)).content.decode()
    )


def test_a_sensitive_one_does_not_exist_without_the_right(marketer):
    secret = factories.AttributeFactory(label="Allergies", sensitive=True)
    assert marketer.get(edit_url(secret)).status_code == 404
    listed = marketer.get(reverse("crm_attribute:index")).content.decode()
    assert "Allergies" not in listed


def test_staff_may_not_add_one(client, role):
    client.force_login(role("staff"))
    client.post(reverse(ADD), typed("Family"))
    assert not models.AttributeDefinition.objects.exists()
