"""A sheet may say who has which plan, and since when."""

import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin.contacts import fields
from crm_plugin.forms import mapping
from crm_plugin.models import Contact
from crm_plugin.sales import plans
from tests import factories

pytestmark = pytest.mark.django_db
SHEET = (
    "名前,メール,会員ランク,契約日\n"
    "佐藤 花子,hanako@mail.example,ゴールド,2025-04-01\n"
    "田中 一郎,ichiro@mail.example,silver,\n"
    "鈴木 次郎,jiro@mail.example,,\n"
)


@pytest.fixture(autouse=True)
def offered(db):
    factories.PlanFactory(key="silver", name="Silver", name_ja="シルバー", rank=10)
    factories.PlanFactory(key="gold", name="Gold", name_ja="ゴールド", rank=20)


def told():
    current = plans.current(Contact.objects.values_list("pk", flat=True))
    return {
        contact.family_name: (row.plan.key, row.started_on)
        for contact in Contact.objects.all()
        if (row := current.get(contact.pk))
    }


def test_the_headings_are_understood(wizard):
    batch = wizard.upload(SHEET.encode(), "plans.csv")
    assert set(batch.mapping.values()) >= {"plan.name", "plan.since"}


def test_plans_are_found_by_either_name_and_without_a_day_begin_today(wizard):
    wizard.all(SHEET.encode(), "plans.csv")
    assert told() == {
        "佐藤": ("gold", dt.date(2025, 4, 1)),
        "田中": ("silver", timezone.localdate()),
    }


def test_the_same_sheet_again_changes_nothing(wizard):
    wizard.all(SHEET.encode(), "plans.csv")
    before = told()
    wizard.all(SHEET.encode(), "again.csv", update=True)
    assert told() == before


def test_another_plan_is_a_change_where_replacing_was_asked(wizard):
    wizard.all(SHEET.encode(), "plans.csv")
    changed = SHEET.replace("ゴールド,2025-04-01", "シルバー,2025-09-01")
    wizard.all(changed.encode(), "not-asked.csv")
    assert told()["佐藤"][0] == "gold"
    wizard.all(changed.encode(), "asked.csv", update=True)
    assert told()["佐藤"] == ("silver", dt.date(2025, 9, 1))
    contact = Contact.objects.get(family_name="佐藤")
    first, second = contact.plan_periods.order_by("started_on")
    assert first.ended_on == dt.date(2025, 8, 31)
    assert second.step == -1


def test_undo_takes_it_back(wizard):
    contact = factories.ContactFactory(family_name="佐藤", email="hanako@mail.example")
    batch = wizard.all(SHEET.encode(), "plans.csv")
    assert contact.plan_periods.exists()
    wizard.undo(batch)
    assert not contact.plan_periods.exists()


def test_an_unknown_plan_is_said_beside_its_cell(wizard):
    sheet = SHEET.replace("silver", "platinum")
    batch = wizard.upload(sheet.encode(), "plans.csv")
    batch = wizard.check(batch)
    bad = batch.rows.get(outcome="bad")
    assert "platinum" in bad.problems[0]["message"]


def test_nobody_gives_themselves_a_plan_by_a_form(owner):
    offered = [name for name, _label in mapping.choices(owner)]
    assert not any(name.startswith("plan.") for name in offered)


def test_where_there_are_no_plans_nothing_is_offered(owner):
    plans.Plan.objects.all().delete()
    names = [field.name for field in fields.mappable(owner)]
    assert not any(name.startswith("plan.") for name in names)
