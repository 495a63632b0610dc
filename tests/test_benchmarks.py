"""What the benchmarks ask is heard: a filter that is not would measure another list."""

import contextlib
import importlib

import pytest
from django.db import connection

from benchmarks import contact_screens, crowd, segment_count, segment_shop
from benchmarks.__main__ import NAMES
from benchmarks.hand_forms import forms

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db):
    """What the filters ask for."""
    crowd.offer()


def test_each_filter_of_the_list_of_contacts_narrows_it(shop, owner):
    assert contact_screens.ignored(owner) == []


def test_a_filter_that_the_list_does_not_know_is_noticed(shop, owner, monkeypatch):
    asked = "stage=lost&last_touch_min=2026-05-01&created_to=soon"
    monkeypatch.setattr(contact_screens, "FILTERS", {"": asked})
    assert contact_screens.ignored(owner) == [
        *("last_touch_min=2026-05-01", "created_to=soon"),
        # The search among the filtered asks for the same.
        *("last_touch_min=2026-05-01", "created_to=soon"),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_can_be_loaded(name):
    assert callable(importlib.import_module(f"benchmarks.{name}").run)


@pytest.mark.once
@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL drops no index of rows just made"
)
def test_every_shape_by_hand_finds_whom_the_rule_finds(db, monkeypatch):
    monkeypatch.setattr(segment_shop, "loading", contextlib.nullcontext)
    segment_shop.build(400)
    inside = segment_count.segment("inside", [segment_count.points(7000)])
    outside = segment_count.segment("outside", [segment_count.click()])
    for name, shape in segment_count.shapes(inside, outside).items():
        found = segment_count.counted(shape.rule)
        by_hand = {segment_count.how_many(said) for _, said in forms(shape.by_hand)}
        assert by_hand == {found}, name
