"""A hundred thousand contacts: what segments may cost, in the time of this process."""

import contextlib
import time

import pytest
from django.db import connection

from benchmarks import segment_delta, segment_shop
from benchmarks.segment_count import segment
from crm_plugin.segments.refresh import refresh, refresh_contacts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="a process of its own works for it"
    ),
]
CONTACTS = 100_000
# Seconds: one segment of everybody, and a thousand changed contacts in fifty segments.
FULL, CHANGED = 3.0, segment_delta.SECONDS


@pytest.fixture
def fifty(db, monkeypatch):
    monkeypatch.setattr(segment_shop, "loading", contextlib.nullcontext)
    segment_shop.build(CONTACTS)
    rules = map(segment_delta.rule, range(segment_delta.SEGMENTS))
    made = [segment(f"of-fifty-{n}", rule) for n, rule in enumerate(rules)]
    segment_shop.analyse()
    return made


def seconds(act):
    started = time.process_time()
    act()
    return time.process_time() - started


def test_segments_of_a_hundred_thousand_keep_their_budget(fifty):
    """One of each kind for everybody, from empty; then what a thousand changes cost."""
    for one in fifty[: segment_delta.KINDS]:
        one.memberships.all().delete()
        assert seconds(lambda one=one: refresh(one)) < FULL
    delta = segment_delta.Delta(lambda: None, fifty, CONTACTS)
    delta.check()
    for _again in range(2):
        delta.change()
        spent = seconds(
            lambda: refresh_contacts(delta.changed, segment_delta.EVERYTHING)
        )
        assert spent < CHANGED
