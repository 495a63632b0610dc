"""Whom a rule chooses, as far as it can be told while somebody waits."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from crm_plugin import rules

from . import counting
from .counting import UNKNOWN, Figure, Probe

NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Chosen:
    """How many there are, and *ids* to look at: of all, or of ``some``.

    ``contacts`` is the query for everybody; ``whole``: *ids* are everybody. *some* are
    those of the probe whom the rule chooses, a fair sample; without a probe not known.
    """

    contacts: QuerySet
    figure: Figure
    ids: list[int]
    whole: bool = False
    probe: Probe | None = None
    some: frozenset[int] = NOBODY

    @property
    def sample(self) -> list[int]:
        """Those by whom everybody may be judged."""
        return sorted(self.some) if self.some and not self.whole else self.ids


def choose(
    value: Any, at: dt.datetime, patience: rules.Patience, probe: Probe | None
) -> Chosen:
    """Few exactly, many about, and as many as can be counted where both takes too long.

    Raises ``BrokenRule`` as ``rules.select`` does.
    """
    try:
        with patience.share(0.5):
            contacts = rules.select(rules.everyone(), value, at).contacts
            ids = counting.first_ids(contacts)
    except rules.TookTooLong:
        contacts = rules.asked_of_each(rules.everyone(), value, at)
        little = rules.Patience(patience.left * 0.6)
        figure, ids = counting.in_slices(contacts, little)
        if figure != Figure(len(ids)):
            return Chosen(contacts, figure, ids)
    if len(ids) <= counting.EXACT:
        some = NOBODY if probe is None else frozenset(ids).intersection(probe.ids)
        whole = Figure(len(ids))
        return Chosen(contacts, whole, ids, whole=True, probe=probe, some=some)
    figure, some = UNKNOWN, NOBODY
    if probe is not None:
        figure, some = _of_many(contacts, value, at, patience, probe)
    if figure.unknown:
        figure, probe = Figure(counting.EXACT, exact=False, so_far=True), None
    return Chosen(contacts, figure, ids[: counting.EXACT], probe=probe, some=some)


def _of_many(
    contacts: QuerySet,
    value: Any,
    at: dt.datetime,
    patience: rules.Patience,
    probe: Probe,
) -> tuple[Figure, frozenset[int]]:
    try:
        with patience.share(0.5):
            some = frozenset(rules.compile_rule(value, at, among=probe.ids))
            if probe.everybody.exact:
                return Figure(contacts.count()), some
    except rules.TookTooLong:
        return UNKNOWN, NOBODY
    about = probe.share_of(len(some)).count
    return Figure(max(about, counting.EXACT), exact=False), some
