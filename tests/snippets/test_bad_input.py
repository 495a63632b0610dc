"""What cannot be meant is refused beside the field, and what was typed stays."""

import pytest
from django.urls import reverse

from crm_plugin import models
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def typed(points=(), **said):
    data = {"version": 1, "points-TOTAL_FORMS": len(points), "points-INITIAL_FORMS": 0}
    for number, (kind, value) in enumerate(points):
        data |= {f"points-{number}-kind": kind, f"points-{number}-value": value}
    return {**data, **said}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("contact__family_name", "名" * 10_000),
        ("contact__given_kana", "ア" * 10_000),
        ("contact__birth_on", "2093-01-01"),
        ("contact__birth_on", "1700-01-01"),
        ("contact__birth_on", "来年"),
        ("organisation__name", "社" * 10_000),
        ("attribute__tea", "茶" * 10_000),
        ("attribute__cups", "many"),
        ("attribute__since", "2026-13-41"),
    ],
)
def test_a_field_of_the_contact_form(client, owner, name, said):
    for key, kind in [("tea", "text"), ("cups", "number"), ("since", "date")]:
        factories.AttributeFactory(key=key, type=kind)
    client.force_login(owner)
    data = {"contact__family_name": "佐藤", **typed(), name: said}
    answer = client.post(reverse("crm_contact:add"), data)
    assert list(answer.context["form"].errors) == [name]
    assert said in answer.content.decode()
    assert not models.Contact.objects.exists()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("phone", "内線 12"),
        ("phone", "9" * 10_000),
        ("email", "花子"),
        ("email", f"{'a' * 10_000}@mail.example"),
        ("postal", "町" * 10_000),
    ],
)
def test_a_way_to_reach_somebody(client, owner, kind, said):
    client.force_login(owner)
    data = typed([(kind, said)], contact__family_name="佐藤")
    answer = client.post(reverse("crm_contact:add"), data)
    (row,) = answer.context["rows"].forms
    assert list(row.errors) == ["value"]
    text = answer.content.decode()
    assert said in text
    assert row.errors["value"][0].replace("“", "").split()[0] in text
    assert not models.Contact.objects.exists()
