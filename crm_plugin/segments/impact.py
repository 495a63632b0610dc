"""What a rule would do: how many, whom, what is known of them, and what it changes.

Everything is counted while somebody waits, so each part has a share of three seconds;
a part that is not ready by then is left open, and the others are shown.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.utils import timezone

from crm_plugin import rules
from crm_plugin.contacts.models import Contact

from . import counting, data_known, overlap
from .choosing import Chosen, choose
from .counting import UNKNOWN, Figure
from .exchange import Exchange, exchange
from .models import Segment
from .movements import Movement, movements

SECONDS = 3.0
SAMPLE = 10
NAMES = 5


class Overtaken(Exception):
    """The rule has been changed since; nobody waits for this answer."""


@dataclass(frozen=True)
class Impact:
    """What an editor is shown while she writes a rule.

    Of names and of what is ``known`` and ``shared`` there is None where that was not
    ready in time; ``nameless``: the reader may see no names at all.
    """

    sentence: str
    problems: list[str] = field(default_factory=list)
    hidden: bool = False
    of_visits: bool = False
    figure: Figure = Figure()
    everybody: Figure = Figure()
    nameless: bool = False
    sample: list[Contact] | None = field(default_factory=list)
    moves: bool = False
    unchanged: bool = False
    entering: Movement = Movement()
    leaving: Movement = Movement()
    others: Exchange = Exchange()
    known: list[data_known.Known] | None = field(default_factory=list)
    shared: list[overlap.Shared] | None = field(default_factory=list)
    whole: bool = False
    looked_at: int = 0

    @property
    def means_everybody(self) -> bool:
        """Whether nobody at all is left out."""
        both = self.figure, self.everybody
        return (
            self.figure.count > 1
            and all(one.exact for one in both)
            and (self.figure.count >= self.everybody.count)
        )

    @property
    def named(self) -> list[Contact]:
        """Everybody whom it shows by name."""
        lists = self.sample, self.entering.names, self.leaving.names
        return [contact for names in lists for contact in names or ()]


def preview(
    value: Any,
    *,
    user: Any,
    segment: Segment | None = None,
    seconds: float | None = None,
    overtaken: Callable[[], bool] = lambda: False,
) -> Impact:
    """What *value* means now, for *user*, against the members of *segment*.

    A rule with something wrong is not evaluated. Names are only of contacts that the
    user may see; a sensitive rule is not counted without the right. It takes no longer
    than about *seconds* (three). Between its parts it asks whether it was *overtaken*, and
    raises ``Overtaken`` then.
    """
    with rules.remembering():
        sentence = rules.sentence(value)
        problems = rules.problems(value, user, visits=True)
        if problems:
            return Impact(sentence, problems)
        if rules.about_visits(value):
            return Impact(sentence, of_visits=True)
        if rules.reads_sensitive(value) and not user.has_perm(
            "crm_plugin.view_sensitive"
        ):
            return Impact("", hidden=True)
        patience = rules.Patience(SECONDS if seconds is None else seconds)
        look = _Look(value, user, segment, patience, overtaken)
        try:
            return look.impact(sentence)
        except rules.BrokenRule as error:
            return Impact(sentence, error.problems)


@dataclass(frozen=True)
class _Look:
    """One look at a rule, part by part, for as long as *patience* lasts."""

    value: Any
    user: Any
    segment: Segment | None
    patience: rules.Patience
    overtaken: Callable[[], bool]

    def impact(self, sentence: str) -> Impact:
        at = timezone.now()
        probe = self._part(lambda: counting.probe(), None)
        chosen = choose(self.value, at, self.patience, probe)
        self._go_on()
        before = self._before()
        same = bool(before and not chosen.whole and self._unchanged(before))
        entering, leaving = Movement(), Movement()
        if before and not same:
            entering, leaving = movements(chosen, before, self.patience)
            self._go_on()
        return Impact(
            sentence,
            figure=chosen.figure,
            everybody=probe.everybody if probe else UNKNOWN,
            nameless=not self._may_name,
            sample=self._names(chosen.ids, SAMPLE),
            moves=before is not None,
            unchanged=same,
            entering=self._named(entering),
            leaving=self._named(leaving),
            others=Exchange() if same else self._others(chosen, entering, leaving, at),
            known=self._known(),
            shared=self._shared(chosen),
            whole=chosen.whole,
            looked_at=len(chosen.sample),
        )

    def _others(
        self, chosen: Chosen, entering: Movement, leaving: Movement, at: dt.datetime
    ) -> Exchange:
        """What the other classes of its scheme get and lose, for half of the time."""
        if self.segment is None or self.segment.scheme_id is None:
            return Exchange()
        half = rules.Patience(self.patience.left * 0.5)
        moves = entering, leaving
        return exchange(
            self.segment, chosen, moves, user=self.user, at=at, patience=half
        )

    def _go_on(self) -> None:
        if self.overtaken():
            raise Overtaken

    def _part(self, work: Callable[[], Any], otherwise: Any) -> Any:
        try:
            with self.patience.share():
                return work()
        except rules.TookTooLong:
            return otherwise

    def _before(self) -> Segment | None:
        """The segment, if it has members to compare with."""
        segment = self.segment
        return segment if segment and segment.pk and segment.refreshed_at else None

    def _unchanged(self, segment: Segment) -> bool:
        """Whether the published rule is the same: then nobody moves because of it."""
        published = Segment.objects.filter(pk=segment.pk, live=True)
        before = published.filter(scheme=segment.scheme_id).first()
        return before is not None and rules.alike(before.tree, self.value)

    def _known(self) -> list[data_known.Known] | None:
        found = self._part(lambda: data_known.known(self.value, self.user), None)
        return [] if found is None and not rules.things(self.value) else found

    def _shared(self, chosen: Chosen) -> list[overlap.Shared] | None:
        if chosen.figure == Figure():
            return []
        work = partial(overlap.shared, chosen.sample, self.user, but=self.segment)
        return self._part(work, None)

    @property
    def _may_name(self) -> bool:
        return self.user.has_perm("crm_plugin.view_contact")

    def _named(self, movement: Movement) -> Movement:
        return replace(movement, names=self._names(movement.ids, NAMES))

    def _names(self, ids: list[int], number: int) -> list[Contact] | None:
        if not ids or not self._may_name:
            return []
        visible = Contact.objects.visible_to(self.user).filter(pk__in=ids)
        return self._part(lambda: list(visible.order_by("pk")[:number]), None)
