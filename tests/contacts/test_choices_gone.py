"""A choice, or the type of an attribute, that changed between an act and its undo."""

import pytest
from django.db import connection
from django.urls import reverse

from crm_plugin import queue
from crm_plugin.contacts import bulk, bulk_undo, definitions, retyping, values
from crm_plugin.contacts.merge import merge_contacts, undo_merge
from crm_plugin.models import (
    AttributeDefinition,
    BulkEdit,
    Change,
    ContactValue,
    SensitiveView,
)
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh
from tests import factories

pytestmark = pytest.mark.django_db
JAPANESE = [condition("language", languages=["ja"])]


@pytest.fixture(autouse=True)
def no_breath(monkeypatch):
    monkeypatch.setattr(bulk, "BREATH", 0)


def attribute(kind):
    definition = factories.AttributeFactory(key="taste", label="Taste", type=kind)
    for key in ("lunch", "dinner") if "choice" in kind else ():
        definition.choices.create(key=key, label=key.title())
    return definition


def pair(own, other):
    """Two contacts with these values of the attribute."""
    people = factories.ContactFactory.create_batch(2)
    for contact, value in zip(people, (own, other), strict=True):
        if value is not None:
            values.write({contact.pk: {"taste": value}}, by=None)
    return people


def remove(definition, key):
    rows = [
        {"key": c.key, "label": c.label, "label_ja": "", "active": True}
        for c in definition.choices.all()
    ]
    for row in rows:
        row["DELETE"] = row["key"] == key
    return definitions.save_choices(definition, rows)


def retype(definition, kind):
    retyping.turn(definition, kind)
    AttributeDefinition.objects.filter(pk=definition.pk).update(type=kind)


def taste(contact):
    return values.current([contact.pk], ["taste"]).get(contact.pk, {}).get("taste")


def test_a_merge_is_taken_apart_without_the_choice_that_was_deleted_since():
    definition = attribute("choice")
    own, other = pair("lunch", "dinner")
    operation = merge_contacts(own, other, by=None)
    assert remove(definition, "dinner") == []
    undone = undo_merge(operation, by=None)
    connection.check_constraints()
    assert taste(undone.survivor) == "lunch"
    assert taste(undone.duplicate) is None


def test_an_emptied_choice_that_was_deleted_since_does_not_come_back(owner):
    definition = attribute("choice")
    pair("lunch", "dinner")
    edit = bulk.start(JAPANESE, "clear", definition=definition, by=owner)
    queue.run_due(bulk.KIND)
    remove(definition, "dinner")
    edit.refresh_from_db()
    bulk_undo.start(edit, by=owner)
    queue.run_due(bulk_undo.KIND)
    connection.check_constraints()
    edit.refresh_from_db()
    assert edit.state == "undone"
    held = ContactValue.objects.values_list("choice__key", flat=True)
    assert list(held) == ["lunch"]


@pytest.mark.parametrize(
    ("before", "after", "own", "other", "found"),
    [
        ("text", "long_text", "wine", "beer", "beer"),
        ("long_text", "text", "wine", "beer", "beer"),
        ("choice", "multi_choice", "lunch", "dinner", ["dinner"]),
        ("multi_choice", "choice", None, ["dinner"], "dinner"),
        ("number", "yes_no", 1, 0, False),
    ],
)
def test_a_value_comes_back_in_the_type_that_its_attribute_has_now(
    before, after, own, other, found
):
    definition = attribute(before)
    one, two = pair(own, other)
    operation = merge_contacts(one, two, by=None)
    retype(definition, after)
    undone = undo_merge(operation, by=None)
    connection.check_constraints()
    assert taste(undone.duplicate) == found
    values.write({undone.duplicate.pk: {"taste": None}}, by=None)
    assert taste(undone.duplicate) in (None, [])


def test_the_list_of_changes_tells_a_choice_that_is_gone_as_it_was_said(client, owner):
    definition = attribute("choice")
    pair(None, None)
    edit = bulk.start(JAPANESE, "set", definition=definition, value="lunch", by=owner)
    queue.run_due(bulk.KIND)
    edit.refresh_from_db()
    bulk_undo.start(edit, by=owner)
    queue.run_due(bulk_undo.KIND)
    remove(definition, "lunch")
    client.force_login(owner)
    shown = client.get(reverse("crm_contact:bulk_edits"))
    assert shown.status_code == 200
    assert "lunch" in shown.text
    url = reverse("crm_contact:bulk_edit", args=[edit.public_id])
    assert client.get(url).status_code == 200


def test_an_older_change_is_hidden_once_it_tells_something_sensitive(owner, role):
    definition = attribute("text")
    by_rule = [condition("attribute", attribute="taste", operator="filled")]
    bulk.start(JAPANESE, "set", definition=definition, value="x", by=owner)
    bulk.start(by_rule, "archive", by=owner)
    staff = role("staff")
    staff.groups.get().permissions.remove(
        *staff.groups.get().permissions.filter(codename="view_sensitive")
    )
    assert BulkEdit.objects.visible_to(staff).count() == 2
    definition.sensitive = True
    definition.save()
    assert not BulkEdit.objects.visible_to(staff).exists()


def test_the_history_tells_what_became_of_a_choice(owner):
    definition = attribute("choice")
    Change.objects.all().delete()
    rows = [
        {"key": "lunch", "label": "Midday", "label_ja": "", "active": True},
        {"key": "dinner", "label": "Dinner", "label_ja": "", "active": False},
    ]
    definitions.save_choices(definition, rows, by=owner)
    told = Change.objects.filter(model="attributechoice", about=definition.pk)
    said = {(row.field, str(row.old), str(row.new)) for row in told}
    assert ("label", "Lunch", "Midday") in said
    assert ("active", "True", "False") in said
    assert {row.operation.by for row in told} == {owner}


def test_a_choice_that_a_rule_asks_is_only_switched_off():
    definition = attribute("choice")
    asks = condition(
        "attribute", attribute="taste", operator="one_of", choices=["taste:lunch"]
    )
    factories.SegmentFactory(rule=[asks])
    assert [choice.key for choice in remove(definition, "lunch")] == ["lunch"]
    assert not definition.choices.get(key="lunch").active


def test_who_is_told_why_somebody_is_in_a_sensitive_segment_is_noted(
    client, owner, contact
):
    AttributeDefinition.objects.filter(pk=attribute("text").pk).update(sensitive=True)
    values.write({contact.pk: {"taste": "nuts"}}, by=None)
    asks = [condition("attribute", attribute="taste", operator="filled")]
    segment = factories.SegmentFactory(rule=asks, live=True)
    refresh(segment)
    client.force_login(owner)
    SensitiveView.objects.all().delete()
    client.get(reverse("crm_segment:explain", args=[segment.pk, contact.pk]))
    assert SensitiveView.objects.filter(contact=contact, by=owner).exists()
