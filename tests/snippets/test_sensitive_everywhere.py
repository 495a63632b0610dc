"""Whoever may not read sensitive attributes meets them nowhere, with every other right."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from crm_plugin import models, rules
from crm_plugin.contacts import organisations, records
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SECRETS = ("Household income", "Over ten million", "Debts", "a great deal")


@pytest.fixture
def told(contact, hikari, owner):
    """One secret of a person and one of a firm, both corrected once."""
    income = factories.AttributeFactory(
        key="income", label="Household income", sensitive=True
    )
    for key, label in [("high", "Over ten million"), ("low", "Under four million")]:
        income.choices.create(key=key, label=label)
    factories.AttributeFactory(
        key="debts",
        label="Debts",
        type="text",
        describes="organisation",
        sensitive=True,
    )
    hikari.affiliations.create(contact=contact)
    for value in ("low", "high"):
        records.apply_values(contact, {"attribute.income": value}, by=owner)
    for value in ("none", "a great deal"):
        hikari.refresh_from_db()
        organisations.edit(hikari, {}, {"attribute.debts": value}, by=owner)
    return contact


@pytest.fixture
def hikari(db):
    return factories.OrganisationFactory(name="株式会社ひかり")


@pytest.fixture
def all_but_one(client, outsider):
    """Somebody with every right of the plugin except to read sensitive ones."""
    rights = Permission.objects.filter(content_type__app_label="crm_plugin")
    outsider.user_permissions.add(*rights.exclude(codename="view_sensitive"))
    client.force_login(outsider)
    return client


def screens(contact, firm):
    pk, other = contact.pk, factories.ContactFactory()
    records.apply_values(other, {"attribute.income": "low"}, by=None)
    sheet = models.ImportBatch.objects.create(
        noun="contacts",
        file_name="guests.csv",
        state="mapping",
        headers=["Name", "Household"],
    )
    return {
        "the record with its history": contact.get_admin_url(),
        "the form": reverse("crm_contact:edit", args=[contact.pk]),
        "the list and its filters": reverse("crm_contact:index"),
        "the firm with its changes": firm.get_admin_url(),
        "the firm's form": reverse("crm_organisation:edit", args=[firm.pk]),
        "the list of firms": reverse("crm_organisation:index"),
        "the definitions": reverse("crm_attribute:index"),
        "the editor of rules": reverse("crm_segment:add"),
        "the yearly values": reverse("crm_organisation:years", args=[firm.pk]),
        "the yearly values of a person": reverse("crm_contact:years", args=[pk]),
        "the map of what is known": reverse("crm_contact:map", args=[pk]),
        "the segments, and why": reverse("crm_contact:why", args=[pk]),
        "the call page": reverse("crm_call:contact", args=[pk]),
        "a change of many": reverse("crm_contact:bulk") + "?confirmed=true",
        "the choice for a merge": reverse("crm_merge:choose", args=[pk]),
        "the merge before it happens": reverse("crm_merge:preview")
        + f"?survivor={pk}&duplicate={other.pk}",
        "the columns of a sheet": reverse("crm_import:columns", args=[sheet.public_id]),
        "the reports": reverse("crm_report:show", args=["data_map"]),
    }


def test_no_screen_shows_them(all_but_one, told, hikari):
    for place, address in screens(told, hikari).items():
        answer = all_but_one.get(address)
        assert answer.status_code == 200, place
        text = answer.content.decode()
        assert [word for word in SECRETS if word in text] == [], place


def test_with_the_right_they_are_there(client, owner, told, hikari):
    client.force_login(owner)
    for place in ("the record with its history", "the firm with its changes"):
        text = client.get(screens(told, hikari)[place]).content.decode()
        assert any(word in text for word in SECRETS)


def test_no_export_holds_them(all_but_one, told):
    answer = all_but_one.get(reverse("crm_contact:index"), {"export": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert told.family_name in text
    assert [word for word in SECRETS if word in text] == []


@pytest.mark.parametrize(
    ("name", "key"), [("attribute", "income"), ("organisation_attribute", "debts")]
)
def test_segments_about_them_are_hidden(all_but_one, told, name, key):
    rule = [condition(name, attribute=key, operator="filled")]
    assert rules.reads_sensitive(rule)
    segment = factories.SegmentFactory(name="Rich and poor", rule=rule, live=True)
    segment.save_revision().publish()
    for address in (reverse("crm_segment:list"), told.get_admin_url()):
        assert "Rich and poor" not in all_but_one.get(address).content.decode()


@pytest.fixture
def used_by_one_that_tells(told):
    """A segment and a topic that anybody may see, both named by one that tells."""
    topic = factories.TopicFactory()
    segment = factories.SegmentFactory(
        name="English", rule=[condition("language", languages=["en"])]
    )
    rule = [
        condition("segment", segment=segment.key, state="in"),
        condition("consent", topic=topic.key, channel="email", state="granted"),
        condition("attribute", attribute="income", operator="filled"),
    ]
    factories.SegmentFactory(name="Rich and poor", rule=rule)
    return {"crm_segment": segment, "crm_topic": topic}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("crm_segment:delete", "1 more place that you may not see"),
        ("crm_segment:unpublish", "1 more place that you may not see"),
        ("crm_segment:usage", "(Private segment)"),
        ("crm_topic:usage", "(Private segment)"),
    ],
)
def test_where_something_is_used_they_are_counted_and_not_named(
    client, owner, all_but_one, used_by_one_that_tells, name, said
):
    row = used_by_one_that_tells[name.partition(":")[0]]
    url = reverse(name, args=[row.pk])
    page = all_but_one.get(url).text
    assert said in page
    assert "Rich and poor" not in page
    client.force_login(owner)
    assert "Rich and poor" in client.get(url).text


def test_the_editor_offers_neither(told):
    for name in ("attribute", "organisation_attribute"):
        block = rules.rule_block(sensitive=False).child_blocks[name]
        keys = [key for key, _label in block.child_blocks["attribute"].offered()]
        assert keys == []
