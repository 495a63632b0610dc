import pytest
from django.urls import reverse

from crm_plugin import merge_tags, models
from crm_plugin.contacts import fields, records, values
from crm_plugin.segments.ready_made import condition
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


def edit_url_of(contact):
    return reverse("crm_contact:edit", args=[contact.pk])


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


FAMILY = {"key": "family", "label": "Family", "active": "on"}


@pytest.fixture
def occasion(marketer, contact):
    """An attribute with one value."""
    marketer.post(reverse(ADD), typed("Family"))
    records.apply_values(contact, {"attribute.occasion": "family"}, by=None)
    return models.AttributeDefinition.objects.get()


@pytest.fixture
def segment(occasion):
    rule = [condition("attribute", attribute="occasion", operator="filled")]
    return factories.SegmentFactory(name="With an occasion", rule=rule)


def test_the_key_never_changes(marketer, occasion):
    marketer.post(edit_url(occasion), typed(FAMILY, key="other", label="Why"))
    occasion.refresh_from_db()
    assert (occasion.key, occasion.label) == ("occasion", "Why")


@pytest.mark.parametrize(
    ("name", "said"),
    [("type", "number"), ("describes", "organisation"), ("dated", "on")],
)
def test_a_change_that_would_lose_values_is_refused_with_their_number(
    marketer, occasion, name, said
):
    answer = marketer.post(edit_url(occasion), typed(FAMILY, **{name: said}))
    (error,) = answer.context["form"].errors[name]
    assert error.startswith("1 stored value would be lost")
    assert "1 record holds a value" in answer.content.decode()
    stored = models.AttributeDefinition.objects.get()
    assert (stored.type, stored.describes, stored.dated) == ("choice", "contact", False)


def test_a_kindred_type_takes_the_values_along(marketer, occasion, contact, segment):
    marketer.post(edit_url(occasion), typed(FAMILY, type="multi_choice"))
    assert values.current([contact.pk], ["occasion"]) == {
        contact.pk: {"occasion": ["family"]}
    }


def test_it_may_come_to_describe_organisations_too(marketer, occasion, contact):
    marketer.post(edit_url(occasion), typed(FAMILY, describes="both"))
    assert values.current([contact.pk], ["occasion"])
    assert [f.key for f in fields.mappable(noun="organisation")] == ["occasion"]


def test_without_values_the_type_may_change_unless_a_segment_asks(marketer):
    marketer.post(reverse(ADD), typed("Family"))
    occasion = models.AttributeDefinition.objects.get()
    rule = [condition("attribute", attribute="occasion", operator="filled")]
    segment = factories.SegmentFactory(rule=rule)
    answer = marketer.post(edit_url(occasion), typed(FAMILY, type="text"))
    assert list(answer.context["form"].errors) == ["type"]
    segment.delete()
    marketer.post(edit_url(occasion), typed(FAMILY, type="text"))
    assert models.AttributeDefinition.objects.get().type == "text"


def test_several_choices_have_no_periods(marketer):
    answer = marketer.post(reverse(ADD), typed("a", type="multi_choice", dated="on"))
    assert list(answer.context["form"].errors) == ["dated"]


def test_the_page_names_the_segments_before_it_is_switched_off(
    marketer, occasion, segment
):
    text = marketer.get(edit_url(occasion)).content.decode()
    assert "With an occasion" in text
    assert reverse("crm_segment:edit", args=[segment.pk]) in text


def test_one_in_use_is_not_deleted_and_the_list_says_why(
    client, owner, occasion, segment
):
    client.force_login(owner)
    address = reverse("crm_attribute:delete", args=[occasion.pk])
    assert "With an occasion" in client.get(address).content.decode()
    assert "It is in use" in client.post(address).content.decode()
    assert models.AttributeDefinition.objects.exists()


def test_an_unused_one_is_deleted_by_post_only(client, owner):
    row = factories.AttributeFactory(key="tea", type="text")
    client.force_login(owner)
    address = reverse("crm_attribute:delete", args=[row.pk])
    client.get(address)
    assert models.AttributeDefinition.objects.exists()
    client.post(address)
    assert not models.AttributeDefinition.objects.exists()


def test_adding_and_changing_stand_in_the_journal(marketer, occasion):
    models.Change.objects.all().delete()
    marketer.post(edit_url(occasion), typed(FAMILY, label="Why"))
    told = models.Change.objects.values_list("model", "field", "old", "new")
    assert list(told) == [("attributedefinition", "label", "Occasion", "Why")]


def test_a_retired_choice_stays_on_records_whose_form_is_saved(
    client, owner, occasion, contact
):
    occasion.choices.update(active=False)
    occasion.choices.create(key="work", label="Work")
    client.force_login(owner)
    address = reverse("crm_contact:edit", args=[contact.pk])
    text = client.get(address).content.decode()
    assert "Family (no longer offered)" in text
    other = reverse("crm_contact:add")
    assert "no longer offered" not in client.get(other).content.decode()


def test_switched_off_it_leaves_forms_lists_filters_and_imports(
    client, owner, occasion, contact
):
    client.force_login(owner)
    places = [
        contact.get_admin_url(),
        reverse("crm_contact:edit", args=[contact.pk]),
        reverse("crm_contact:index"),
    ]
    for address in places:
        assert "Occasion" in client.get(address).content.decode()
    occasion.active = False
    occasion.save()
    for address in places:
        text = client.get(address).content.decode()
        assert "Occasion" not in text.split('id="changes"')[0].split("crm-story")[0]
    assert "attribute.occasion" not in [f.name for f in fields.mappable(owner)]
    assert models.ContactValue.objects.exists()


HEADINGS = ["Looking after", "Character"]


@pytest.fixture
def in_groups(client, owner, contact):
    """Four attributes, added in another order than the one they ask for."""
    client.force_login(owner)
    asked = [("Character", "Hobbies", "40"), ("Character", "School", "30")]
    asked += [("", "Language at home", "20"), ("Looking after", "Seat", "10")]
    for group, label, order in asked:
        text = {"type": "text", "group": group, "label": label, "order": order}
        client.post(reverse(ADD), typed(**text))
    names = [row.key for row in models.AttributeDefinition.objects.all()]
    said = {f"attribute.{name}": f"Said of {name}" for name in names}
    records.apply_values(contact, said, by=None)
    return client


def after(text, *words):
    """Each of *words* stands behind the one before it."""
    places = [text.index(word) for word in words]
    return places == sorted(places)


def test_groups_are_headings_of_the_form_and_the_order_decides(in_groups, contact):
    for address in (edit_url_of(contact), reverse("crm_contact:add")):
        groups = in_groups.get(address).context["form"].attribute_groups()
        assert [
            (heading, [field.label for field in fields_]) for heading, fields_ in groups
        ] == [
            ("Looking after", ["Seat"]),
            ("Attributes", ["Language at home"]),
            ("Character", ["School", "Hobbies"]),
        ]
        text = in_groups.get(address).content.decode()
        assert after(text, *(f"<legend>{heading}</legend>" for heading, _ in groups))


def test_groups_are_headings_of_the_record_and_the_order_decides(in_groups, contact):
    page = in_groups.get(contact.get_admin_url()).content.decode()
    card = page.split('id="card-about"')[1].split("</section>")[0]
    plain, *groups = card.split("<h3>")
    assert "Said of language-at-home" in plain
    assert [group.split("</h3>")[0] for group in groups] == HEADINGS
    assert after(groups[1], "School", "Said of school", "Hobbies", "Said of hobbies")


def test_a_new_order_moves_it_on_the_form_and_on_the_record(in_groups, contact):
    hobbies = models.AttributeDefinition.objects.get(key="hobbies")
    text = {"type": "text", "group": "Character", "label": "Hobbies", "order": "1"}
    in_groups.post(edit_url(hobbies), typed(**text))
    for address in (edit_url_of(contact), contact.get_admin_url()):
        page = in_groups.get(address).content.decode().split('id="story"')[0]
        assert after(page, "Character", "Hobbies", "School", "Looking after")


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
