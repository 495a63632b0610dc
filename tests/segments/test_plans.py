"""Questions about stays are answered from an index, on both databases."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from crm_plugin import rules
from crm_plugin.models import SegmentMembership, SegmentScheme
from crm_plugin.segments import movement
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db
PEOPLE = 4_000


@pytest.fixture
def classes():
    """Everybody moved from one class to the other, each on a day of its own."""
    scheme = SegmentScheme.objects.create(key="abc", name="A/B/C")
    one, two = (factories.SegmentFactory(key=key, scheme=scheme) for key in ("a", "b"))
    now = timezone.now()
    rows = []
    for number in range(1, PEOPLE + 1):
        moved = now - dt.timedelta(days=number % 700 + 1)
        stays = [(one, now - dt.timedelta(days=999), moved), (two, moved, None)]
        rows += [
            SegmentMembership(
                segment=segment, contact_id=number, entered_at=since, left_at=until
            )
            for segment, since, until in stays
        ]
    SegmentMembership.objects.bulk_create(rows, batch_size=1_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE crm_plugin_segmentmembership")
    yield one, two
    SegmentMembership.objects.all().delete()


def contacts(said):
    (leaf,) = rules.parse([said]).children
    return leaf.condition.contacts(leaf.value, timezone.now())


def test_who_left_lately_is_read_from_an_index(classes):
    said = condition("segment", segment="a", state="left", when="last", days=7)
    found = contacts(said)
    assert found.count() > 0
    assert "crm_membership_left" in found.explain()


def test_whom_a_cell_counts_is_found_without_a_look_at_every_stay(classes):
    one, two = classes
    between = movement.Between(
        timezone.localdate() - dt.timedelta(days=3), timezone.localdate()
    )
    found = movement.people(movement.standing_of(one.key), between, one.key, two.key)
    told = found.filter(contact_id=7).explain()
    assert "SCAN crm_plugin_segmentmembership" not in told
    assert "Seq Scan on crm_plugin_segmentmembership" not in told


def test_a_movement_is_counted_in_one_pass(classes, django_assert_num_queries):
    one, _two = classes
    today = timezone.localdate()
    between = movement.Between(today - dt.timedelta(days=99), today)
    standing = movement.standing_of(one.key)
    with django_assert_num_queries(2):
        counted = movement.counts(standing, between)
    assert sum(found.number for found in counted.values()) == PEOPLE
