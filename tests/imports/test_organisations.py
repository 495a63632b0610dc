"""A sheet may say what is known of the firms where people work."""

import pytest

from crm_plugin.contacts import fields, records, values
from crm_plugin.models import Contact, Organisation, OrganisationValue
from tests import factories

pytestmark = pytest.mark.django_db
HEADER = "名前,メール,会社名,業種,業界での順位\n"
SHEET = HEADER + (
    "佐藤 花子,hanako@mail.example,株式会社ひかり,製造,3\n"
    "田中 一郎,ichiro@mail.example,㈱ヒカリ,製造,\n"
    "鈴木 次郎,jiro@mail.example,,サービス,\n"
)


@pytest.fixture(autouse=True)
def asked(db):
    industry = factories.AttributeFactory(
        key="industry", label="Industry", label_ja="業種", describes="organisation"
    )
    for key, label in [("making", "製造"), ("services", "サービス")]:
        industry.choices.create(key=key, label=label)
    factories.AttributeFactory(
        key="rank",
        label="Rank",
        label_ja="業界での順位",
        type="number",
        describes="organisation",
    )


def told():
    rows = Organisation.objects.all()
    stored = values.current(
        [row.pk for row in rows], ["industry", "rank"], noun="organisation"
    )
    return {row.name: stored.get(row.pk, {}) for row in rows}


def run(wizard, sheet=SHEET, **options):
    return wizard.all(sheet.encode(), "firms.csv", **options)


def test_the_headings_are_understood(wizard):
    batch = wizard.upload(SHEET.encode(), "firms.csv")
    assert set(batch.mapping.values()) >= {
        "organisation.name",
        "organisation_attribute.industry",
        "organisation_attribute.rank",
    }


def test_what_the_sheet_says_stands_on_the_organisation_once(wizard):
    run(wizard)
    assert told() == {"株式会社ひかり": {"industry": "making", "rank": 3}}
    assert Contact.objects.count() == 3


def test_an_organisation_on_record_is_only_filled_in(wizard):
    contact = records.create_contact(
        {"contact.name": "高橋 実", "organisation.name": "株式会社ひかり"}
    )
    records.apply_values(
        contact, {"organisation_attribute.industry": "services"}, by=None
    )
    run(wizard)
    assert told() == {"株式会社ひかり": {"industry": "services", "rank": 3}}


@pytest.mark.parametrize(
    ("update", "industry"), [(False, "services"), (True, "making")]
)
def test_for_somebody_who_is_there_it_replaces_only_when_asked(
    wizard, update, industry
):
    said = {
        "contact.name": "佐藤 花子",
        "point.email": "hanako@mail.example",
        "organisation.name": "株式会社ひかり",
        "organisation_attribute.industry": "services",
    }
    records.create_contact(said)
    run(wizard, HEADER + SHEET.splitlines()[1] + "\n", update=update)
    assert told()["株式会社ひかり"]["industry"] == industry


def test_taking_it_back_restores_the_organisation(wizard):
    contact = records.create_contact(
        {
            "contact.name": "佐藤 花子",
            "point.email": "hanako@mail.example",
            "organisation.name": "株式会社ひかり",
            "organisation_attribute.industry": "services",
        }
    )
    before = list(OrganisationValue.objects.values_list("pk", "choice", "number"))
    batch = run(wizard, update=True)
    assert told()["株式会社ひかり"] == {"industry": "making", "rank": 3}
    wizard.undo(batch)
    after = list(OrganisationValue.objects.values_list("pk", "choice", "number"))
    assert after == before
    assert Contact.objects.get() == contact


def test_taking_it_back_leaves_what_somebody_said_since(wizard):
    batch = run(wizard)
    contact = Contact.objects.get(family_name="佐藤")
    records.apply_values(contact, {"organisation_attribute.rank": 1}, by=batch.by)
    wizard.undo(batch)
    assert told() == {"株式会社ひかり": {"rank": 1}}


def test_sensitive_ones_are_not_offered_without_the_right(outsider, owner):
    factories.AttributeFactory(
        key="debts", type="number", describes="organisation", sensitive=True
    )

    def names(user):
        return [field.name for field in fields.mappable(user)]

    assert "organisation_attribute.debts" not in names(outsider)
    assert "organisation_attribute.debts" in names(owner)
