"""Random histories of three contacts: merge, then undo, leaves every table as before."""

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_plugin.contacts import links
from crm_plugin.journal import bundles

from .lives import ACTS, PEOPLE, begin, introduced, run, settle

pytestmark = pytest.mark.django_db
HISTORY = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, PEOPLE - 1), st.integers(0, 11)),
    max_size=40,
)
WHO = st.sampled_from(["survivor", "duplicate"])
NAMES = [
    "family_name",
    "given_name",
    "note",
    "introduced_by_id",
    "point.email",
    "attribute.number",
    "attribute.text",
]
CHOICES = st.dictionaries(st.sampled_from(NAMES), WHO)
PAIRS = st.permutations(range(PEOPLE))


def lived(function):
    """One test over many lives; each leaves the database as it found it."""
    drawn = given(HISTORY, PAIRS, CHOICES, st.integers(0, 2))

    def test(history, order, choices, since):
        with transaction.atomic():
            run(history, order, choices, since)
            transaction.set_rollback(True)

    test.__name__, test.__doc__ = function.__name__, function.__doc__
    return drawn(test)


QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=12, deadline=None, suppress_health_check=QUIET)
@lived
def test_merge_then_undo_leaves_every_table_as_before():
    """A dozen lives."""


@pytest.mark.slow
@pytest.mark.database
@settings(max_examples=50, deadline=None, suppress_health_check=QUIET)
@lived
def test_merge_then_undo_leaves_every_table_as_before_in_many_lives():
    """Fifty lives."""


# One life in which everything happens to everybody.
FULL = [
    (act, who, number)
    for number in range(2)
    for act in dict.fromkeys(ACTS)
    for who in range(PEOPLE)
]
FULL.append((introduced, 0, 2))
NOTICED = (AssertionError, DatabaseError)
LINKS = [f"{link.model.__name__}.{link.field}" for link in links.registered()]


def named(name):
    return links.registered()[LINKS.index(name)]


def test_everything_that_can_hang_on_somebody_does_so_in_these_lives():
    world = begin()
    for act, who, number in FULL:
        act(world, world["people"][who], number)
    settle(*world["people"])
    empty = [
        name
        for name, link in zip(LINKS, links.registered(), strict=True)
        if not link.model.objects.exclude(**{link.field: None}).exists()
    ]
    assert empty == []


def test_the_full_life_is_merged_and_taken_apart():
    run(FULL, range(PEOPLE), {}, 1)


# The pairs of both sides are joined by their lower side.
JOINED_ELSEWHERE = {"SuspectedPair.higher"}


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in LINKS if n not in JOINED_ELSEWHERE])
def test_a_link_that_a_merge_forgets_is_noticed(name, monkeypatch):
    forgotten = named(name)
    others = [link for link in links.registered() if link != forgotten]
    monkeypatch.setattr(links, "registered", lambda: others)
    with pytest.raises(NOTICED), transaction.atomic():
        run(FULL, range(PEOPLE), {}, 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in LINKS if named(n).merge == "move"])
def test_a_link_that_an_undo_forgets_is_noticed(name, monkeypatch):
    model = named(name).model
    right = dict(bundles._PUT_BACK)

    def forgetful(kind):
        def back(of, bundle):
            return right[kind](of, bundle) if of is not model else None

        return back

    for kind in right:
        monkeypatch.setitem(bundles._PUT_BACK, kind, forgetful(kind))
    with pytest.raises(NOTICED), transaction.atomic():
        run(FULL, range(PEOPLE), {}, 0)
