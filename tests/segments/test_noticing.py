"""What a rule names is deleted, or loses a choice: said at once, though nobody changed."""

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from crm_plugin import models, queue, rules
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh
from tests import factories

pytestmark = pytest.mark.django_db
NEVER = {"how": "none", "when": "ever"}


def named():
    """One record of each kind, by the condition that names it."""
    taste = factories.AttributeFactory(key="taste", type="choice")
    taste.choices.create(key="dinner", label="Dinner")
    lunch = taste.choices.create(key="lunch", label="Lunch")
    owner = User.objects.create_user("sato")
    batch = models.ImportBatch.objects.create(file_name="May.xlsx", noun="contacts")
    return {
        "attribute": (
            factories.AttributeFactory(key="shoes"),
            {"attribute": "shoes", "operator": "filled"},
        ),
        "attribute:choice": (
            lunch,
            {"attribute": "taste", "operator": "one_of", "choices": ["taste:lunch"]},
        ),
        "consent": (
            factories.TopicFactory(key="news"),
            {"topic": "news", "state": "granted"},
        ),
        "uses": (factories.CategoryFactory(key="wine"), {"category": "wine", **NEVER}),
        "bookings": (
            factories.ServiceFactory(key="tasting"),
            {"service": "tasting", "kind": "came", **NEVER},
        ),
        "open_deal": (
            factories.DealStageFactory(key="offer"),
            {"stages": ["offer"], "size": "any", "age": "any"},
        ),
        "score": (
            factories.ScoreFactory(key="warm"),
            {"score": "warm", "how": "at_least", "number": 1},
        ),
        "segment": (
            factories.SegmentFactory(key="inner"),
            {"segment": "inner", "state": "in"},
        ),
        "campaign": (
            campaign := factories.CampaignFactory(),
            {"campaign": str(campaign.pk), "kind": "sent", "when": "ever"},
        ),
        "owner": (owner, {"owner": str(owner.pk)}),
        "imported": (batch, {"batch": str(batch.pk), "kind": "any"}),
    }


KINDS = [
    *("attribute", "attribute:choice", "consent", "uses", "bookings", "open_deal"),
    *("score", "segment", "campaign", "owner", "imported"),
]


class Follows:
    """``with follows() as woken:`` a transaction, and what those it wakes do after it."""

    def __enter__(self):
        connection.run_on_commit.clear()
        self.woken = []
        return self.woken

    def __exit__(self, *error):
        calls = (call for _ids, call, _robust in connection.run_on_commit)
        self.woken += [getattr(call, "wakes", "") for call in calls]
        if "rules" in self.woken:
            queue.run_due("rules")
            queue.run_due("segment")


@pytest.fixture
def follows(db):
    return Follows


def stands_still(segment):
    segment.refresh_from_db()
    return segment.frozen_at is not None


def asking(kind):
    """A record, and a segment in force that asks for it."""
    record, said = named()[kind]
    segment = factories.SegmentFactory(
        rule=[condition(kind.partition(":")[0], **said)], name="Asks"
    )
    refresh(segment)
    assert not stands_still(segment)
    return record, segment


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_rule_names_is_deleted_and_the_segment_stands_still(follows, kind):
    record, segment = asking(kind)
    with follows():
        record.delete()
    assert stands_still(segment)


@pytest.mark.parametrize("kind", ["attribute:choice", "consent", "uses", "bookings"])
def test_it_goes_on_when_what_it_names_is_there_again(follows, kind):
    record, segment = asking(kind)
    with follows():
        record.delete()
    with follows():
        record.save(force_insert=True)
    assert not stands_still(segment)


def test_it_goes_on_when_its_rule_is_mended(follows):
    record, segment = asking("uses")
    with follows():
        record.delete()
    segment.refresh_from_db()
    segment.rule = [condition("uses", **NEVER)]
    with follows():
        segment.save_revision().publish()
    assert not stands_still(segment)


def test_an_attribute_switched_off_or_with_another_key_is_lost_too(follows):
    record, segment = asking("attribute")
    for name, lost in (("active", False), ("key", "boots")):
        kept = getattr(record, name)
        for value, still in ((lost, True), (kept, False)):
            setattr(record, name, value)
            with follows():
                record.save()
            assert stands_still(segment) is still


def test_what_rests_on_an_empty_segment_that_is_withdrawn_stands_still(follows):
    record, segment = asking("segment")
    with follows():
        record.unpublish()
    assert stands_still(segment)


def test_only_the_class_whose_own_rule_is_broken_is_named(follows):
    factories.TopicFactory(key="news")
    scheme = models.SegmentScheme.objects.create(key="kinds", name="Kinds")
    asks = [condition("consent", topic="news", state="granted")]
    english = [condition("language", languages=["en"])]
    for key, rule in (("asks", asks), ("later", english), ("rest", [])):
        factories.SegmentFactory(key=key, rule=rule, scheme=scheme, rest=not rule)
    refresh(models.Segment.objects.get(key="asks"))
    with follows():
        models.Topic.objects.all().delete()
    assert [row.key for row in models.Segment.objects.frozen()] == ["asks"]
    queue.Work.objects.all().delete()
    queue.run_due("rules")
    assert not queue.Work.objects.exists()


def test_many_records_at_once_wake_one_worker_once(follows):
    with follows() as woken, transaction.atomic():
        rows = factories.CategoryFactory.create_batch(4)
        models.ProductCategory.objects.filter(pk__in=[r.pk for r in rows]).delete()
    assert woken.count("rules") == 1


def test_contacts_and_drafts_that_are_saved_wake_nobody(follows):
    segment = factories.SegmentFactory()
    with follows() as woken:
        factories.ContactFactory()
        models.Contact.objects.all().delete()
        segment.save_revision()
    assert "rules" not in woken


def test_the_look_costs_no_query_for_each_segment(django_assert_max_num_queries):
    factories.TopicFactory(key="news")
    factories.CategoryFactory(key="wine")
    for _number in range(12):
        factories.SegmentFactory(
            rule=[
                condition("consent", topic="news", state="granted"),
                condition("uses", category="wine", **NEVER),
            ]
        )
    with django_assert_max_num_queries(10):
        queue.run_due("rules")


def test_every_condition_that_finds_a_record_says_of_which_kind_it_is():
    expected = {
        *(models.AttributeDefinition, models.AttributeChoice, models.Topic),
        *(models.ProductCategory, models.Product, models.Service, models.Score),
        *(models.DealStage, models.LostReason, models.Segment, models.Campaign),
        *(models.Plan, models.Mailing, models.ImportBatch, User),
    }
    assert {model for model, _key in rules.naming.named()} == expected
