"""Where an attribute is used, and what that forbids."""

import json

import pytest

from crm_plugin import models
from crm_plugin.contacts import definitions, retyping, usage, values
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea(db):
    return factories.AttributeFactory(key="tea", label="Tea", type="text")


@pytest.fixture
def green(tea):
    """A segment about it."""
    return factories.SegmentFactory(
        name="Tea drinkers",
        rule=[condition("attribute", attribute="tea", operator="filled")],
    )


def places(definition, user):
    return [(place.kind, place.name) for place in usage.places(definition, user=user)]


def test_a_segment_is_named(tea, green, owner):
    assert places(tea, owner) == [("segment", "Tea drinkers")]


def test_a_draft_of_a_segment_counts(tea, owner):
    segment = factories.SegmentFactory(name="Drafted")
    segment.rule = json.dumps(
        [condition("attribute", attribute="tea", operator="filled")]
    )
    segment.save_revision()
    segment.rule = "[]"
    segment.save()
    assert places(tea, owner) == [("segment", "Drafted")]


def test_a_segment_about_an_organisations_attribute_is_named(owner):
    industry = factories.AttributeFactory(key="industry", describes="organisation")
    rule = [
        condition("organisation_attribute", attribute="industry", operator="filled")
    ]
    factories.SegmentFactory(name="By industry", rule=rule)
    assert places(industry, owner) == [("segment", "By industry")]


def test_a_segment_that_one_may_not_see_is_said_without_its_name(tea, green, role):
    models.Segment.objects.update(reads_sensitive=True)
    assert places(tea, role("marketer")) == [("segment", "")]


def test_texts_are_named_and_a_longer_key_is_another_one(tea, owner):
    factories.AttributeFactory(key="tea-time", type="text")
    words = {"kind": "thanks", "language": "en", "title": "Thanks", "subject": "Hello"}
    models.ServiceMessage.objects.create(**words, body="{{ attribute.tea }}")
    models.ServiceMessage.objects.create(
        **{**words, "kind": "other"}, body="{{ attribute.tea-time }}"
    )
    campaign = factories.CampaignFactory()
    models.Version.objects.create(
        campaign=campaign, language="en", subject="{{ attribute.tea }}", body=[]
    )
    kinds = [kind for kind, _name in places(tea, owner)]
    assert sorted(kinds) == ["campaign", "message template"]


def test_a_sheet_on_its_way_is_named(tea, owner):
    for state in ("checked", "applied"):
        models.ImportBatch.objects.create(
            noun="contacts",
            file_name=f"{state}.csv",
            mapping={"0": "attribute.tea"},
            state=state,
        )
    assert places(tea, owner) == [("import on its way", "checked.csv")]


def test_what_is_in_use_is_not_deleted(tea, green, contact, owner):
    with pytest.raises(definitions.InUse):
        definitions.delete(tea, by=owner)
    green.delete()
    values.write({contact.pk: {"tea": "green"}}, by=None)
    with pytest.raises(definitions.InUse):
        definitions.delete(tea, by=owner)
    values.write({contact.pk: {"tea": None}}, by=None)
    definitions.delete(tea, by=owner)
    assert not models.AttributeDefinition.objects.exists()


class TestTypes:
    def make(self, contact, kind, value, *choices):
        row = factories.AttributeFactory(key="x", type=kind)
        for choice in choices:
            row.choices.create(key=choice, label=choice)
        values.write({contact.pk: {"x": value}}, by=None)
        return row

    @pytest.mark.parametrize(
        ("old", "value", "new", "then"),
        [
            ("text", "tea", "long_text", "tea"),
            ("long_text", "tea", "text", "tea"),
            ("yes_no", True, "number", 1),
            ("number", 0, "yes_no", False),
            ("choice", "a", "multi_choice", ["a"]),
            ("multi_choice", ["a"], "choice", "a"),
        ],
    )
    def test_nothing_is_lost_between_kindred_types(
        self, contact, old, value, new, then
    ):
        row = self.make(contact, old, value, *("ab" if "choice" in old else ""))
        assert retyping.lost(row, new) == 0
        retyping.turn(row, new)
        models.AttributeDefinition.objects.update(type=new)
        assert values.current([contact.pk], ["x"]) == {contact.pk: {"x": then}}

    @pytest.mark.parametrize(
        ("old", "value", "new", "count"),
        [
            ("text", "tea", "number", 1),
            ("text", "7", "choice", 1),
            ("long_text", "t" * 201, "text", 1),
            ("long_text", "two\nlines", "text", 1),
            ("number", 2, "yes_no", 1),
            ("multi_choice", ["a", "b"], "choice", 1),
        ],
    )
    def test_what_would_be_lost_is_counted(self, contact, old, value, new, count):
        row = self.make(contact, old, value, *("ab" if "choice" in old else ""))
        assert retyping.lost(row, new) == count

    def test_without_values_any_type_will_do(self, tea):
        assert retyping.lost(tea, "number") == 0


def test_numbers_dates_and_choices_classify_and_words_do_not():
    kinds = {
        kind: models.AttributeDefinition(type=kind).classifiable
        for kind in models.AttributeDefinition.Type.values
    }
    assert [kind for kind, sorts in kinds.items() if not sorts] == ["text", "long_text"]


def test_one_definition_describes_contacts_and_organisations(contact):
    factories.AttributeFactory(key="rank", type="number", describes="both")
    firm = factories.OrganisationFactory()
    values.write({contact.pk: {"rank": 1}}, by=None)
    values.write({firm.pk: {"rank": 2}}, noun="organisation", by=None)
    assert values.current([contact.pk], ["rank"]) == {contact.pk: {"rank": 1}}
    stored = values.current([firm.pk], ["rank"], noun="organisation")
    assert stored == {firm.pk: {"rank": 2}}
    definition = models.AttributeDefinition.objects.get()
    assert definitions.left_without(definition, "contact") == 1
    assert definitions.held(definition)["count"] == 2
