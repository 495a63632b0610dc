import datetime as dt
import json
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.utils.translation import override

from crm_plugin import journal
from crm_plugin.contacts import fields
from crm_plugin.models import CrmSettings
from tests import factories

pytestmark = pytest.mark.django_db


def names(user=None, **kwargs):
    return [field.name for field in fields.mappable(user, **kwargs)]


@pytest.fixture
def nurse():
    user = User.objects.create_user("nurse")
    user.user_permissions.add(Permission.objects.get(codename="view_sensitive"))
    return user


def test_every_room_name_of_the_contract_can_be_mapped():
    expected = {
        "contact.family_name",
        "contact.given_name",
        "contact.family_kana",
        "contact.given_kana",
        "contact.name",
        "contact.kana",
        "contact.birth_on",
        "contact.language",
        "contact.heard_from",
        "contact.introduced_by",
        "contact.note",
        "point.email",
        "point.phone",
        "point.card",
        "point.postal",
        "point.line",
        "point.sns",
        "organisation.name",
        "organisation.department",
        "affiliation.title",
    }
    assert expected <= set(names())


def test_no_field_is_listed_twice():
    assert len(names()) == len(set(names()))


def test_a_new_attribute_can_be_mapped_at_once(occasion):
    assert "attribute.occasion" in names()


def test_a_retired_attribute_cannot_be_mapped(occasion):
    occasion.active = False
    occasion.save()
    assert "attribute.occasion" not in names()


def test_a_retired_attribute_that_is_mapped_is_still_known(occasion):
    occasion.active = False
    occasion.save()
    assert fields.field("attribute.occasion").label == "Occasion"


def test_a_sensitive_attribute_is_not_offered_without_the_right(allergies, outsider):
    assert "attribute.allergies" not in names(outsider)


def test_a_sensitive_attribute_is_not_offered_to_nobody(allergies):
    assert "attribute.allergies" not in names()


def test_a_sensitive_attribute_is_offered_with_the_right(allergies, nurse):
    assert "attribute.allergies" in names(nurse)


def test_attributes_of_organisations_are_no_fields_of_contacts():
    factories.AttributeFactory(key="industry", describes="organisation")
    assert "attribute.industry" not in names()
    assert names(noun="organisation") == ["attribute.industry"]


def test_organisations_are_hidden_for_consumers_only():
    CrmSettings.objects.create(consumers_only=True)
    assert "organisation.name" not in names()


def test_an_unknown_field_is_a_key_error():
    with pytest.raises(KeyError):
        fields.field("contact.shoe_size")


def test_listing_costs_the_same_for_many_attributes(django_assert_num_queries):
    for _number in range(5):
        factories.AttributeFactory().choices.create(key="a", label="A")
    with django_assert_num_queries(5):
        fields.mappable()


@pytest.mark.parametrize(
    ("name", "typed", "meant"),
    [
        ("contact.family_name", "　佐藤 様", "佐藤"),
        ("contact.family_kana", "さとう", "サトウ"),
        ("contact.given_kana", "ﾊﾅｺ", "ハナコ"),
        ("contact.name", "佐藤　花子さん", "佐藤 花子"),
        ("contact.birth_on", "昭和60年5月3日", dt.date(1985, 5, 3)),
        ("contact.heard_from", "introduction", "introduction"),
        ("contact.heard_from", "Walked past", "passing"),
        ("contact.language", "日本語", "ja"),
        ("contact.note", "一行目\r\n二行目", "一行目\n二行目"),
        ("point.email", "ＨＡＮＡ@mail.example", "hana@mail.example"),
        ("point.phone", "０９０ー１２３４ー５６７８", "090ー1234ー5678"),
        ("attribute.occasion", "接待", "business"),
        ("attribute.occasion", "BUSINESS", "business"),
        ("attribute.likes", "ディナー、ランチ", ["lunch", "dinner"]),
        ("attribute.likes", ["lunch"], ["lunch"]),
    ],
)
def test_a_value_is_cleaned_as_its_field_says(occasion, likes, name, typed, meant):
    assert fields.field(name).clean(typed) == meant


@pytest.mark.parametrize(
    ("kind", "typed", "meant"),
    [
        ("number", "１，２００円", Decimal("1200")),
        ("number", "1.50", Decimal("1.5")),
        ("yes_no", "はい", True),
        ("yes_no", "×", False),
        ("yes_no", "on", True),
        ("date", "2026/7/1", dt.date(2026, 7, 1)),
        ("text", " tea ", "tea"),
        ("long_text", "a\nb", "a\nb"),
    ],
)
def test_an_attribute_is_cleaned_by_its_type(kind, typed, meant):
    factories.AttributeFactory(key="x", type=kind)
    field = fields.field("attribute.x")
    assert field.clean(typed) == meant
    assert field.clean(field.clean(typed)) == meant
    stored = json.loads(json.dumps(journal.plain(field.clean(typed))))
    assert field.clean(stored) == meant


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("contact.birth_on", "2093-01-01"),
        ("contact.birth_on", "1700-01-01"),
        ("contact.birth_on", "soon"),
        ("contact.family_name", "名" * 10_000),
        ("contact.heard_from", "a dream"),
        ("point.email", "hanako"),
        ("point.phone", "内線 12"),
        ("attribute.occasion", "wedding"),
        ("attribute.likes", "lunch, wedding"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_field_named(
    occasion, likes, name, typed
):
    field = fields.field(name)
    with pytest.raises(ValueError, match=str(field.label)):
        field.clean(typed)


@pytest.mark.parametrize("blank", ["", "　", None, []])
def test_a_blank_is_nothing(blank, occasion):
    assert fields.field("attribute.occasion").clean(blank) is None


def test_a_refusal_is_said_in_the_readers_language(occasion):
    with override("ja"), pytest.raises(ValueError, match="ご利用シーン"):
        fields.field("attribute.occasion").clean("wedding")


def test_values_are_shown_as_people_read_them(occasion, likes):
    assert fields.field("attribute.occasion").display("family") == "Family"
    assert fields.field("attribute.likes").display(["lunch", "dinner"]) == (
        "Lunch, Dinner"
    )
    with override("ja"):
        assert fields.field("attribute.occasion").display("family") == "家族"


def test_a_big_number_is_grouped():
    factories.AttributeFactory(key="x", type="number")
    assert fields.field("attribute.x").display(Decimal("1200000")) == "1,200,000"
