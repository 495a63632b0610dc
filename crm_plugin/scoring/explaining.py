"""Why has this contact so many points: what each line gave, and for what."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_plugin import rules

from .computing import gains
from .decay import WHOLE
from .lines import Line, said
from .models import Score


@dataclass(frozen=True)
class Told:
    """One line for one contact: its words, the points it gave, and the facts."""

    text: str
    points: float
    facts: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        return said(self.points) if self.points else "0"


def explain(score: Score, contact_id: int, at: dt.datetime | None = None) -> list[Told]:
    """Each line's part of the points now; a few small queries per line.

    Raises ``BrokenRule``.
    """
    at = at or timezone.now()
    with rules.remembering():
        return [_told(line, contact_id, at) for line in score.read_lines]


def _told(line: Line, contact_id: int, at: dt.datetime) -> Told:
    found = dict(gains(line, at, [contact_id])).get(contact_id, 0)
    points = found / WHOLE
    facts = _counted if line.each else _decided
    return Told(line.sentence, points, facts(line, contact_id, at))


def _counted(line: Line, contact_id: int, at: dt.datetime) -> tuple[str, ...]:
    """How often it happened, and when last."""
    events = line.events(at)
    rows = events.rows.order_by().filter(**{events.by: contact_id})
    told = rows.aggregate(n=Count("pk"), last=Max(events.at))
    times = ngettext("%(n)d time", "%(n)d times", told["n"]) % {"n": told["n"]}
    if not told["last"]:
        return (times,)
    last = told["last"] if events.dated else timezone.localtime(told["last"])
    day = date_format(last, "SHORT_DATE_FORMAT")
    return times, _("last on %(day)s") % {"day": day}


def _decided(line: Line, contact_id: int, at: dt.datetime) -> tuple[str, ...]:
    explained = rules.explain(line.tree, contact_id, at)
    return tuple(told.fact for told in explained.lines if told.fact)
