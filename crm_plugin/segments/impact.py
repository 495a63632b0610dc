"""What a rule would do: how many, whom, and who would enter or leave."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from crm_plugin import rules
from crm_plugin.contacts.models import Contact

from .models import Segment, SegmentMembership

EXACT = 1_000
SAMPLE = 10
NAMES = 5
PROBE = 2_000


@dataclass(frozen=True)
class Figure:
    """A number of contacts: exact up to 1,000, beyond that about right."""

    count: int = 0
    exact: bool = True


@dataclass(frozen=True)
class Movement:
    """How many would enter or leave, and a few of them."""

    figure: Figure = Figure()
    names: list[Contact] = field(default_factory=list)


@dataclass(frozen=True)
class Impact:
    """What an editor is shown while she writes a rule."""

    sentence: str
    problems: list[str] = field(default_factory=list)
    hidden: bool = False
    figure: Figure = Figure()
    everybody: int = 0
    sample: list[Contact] = field(default_factory=list)
    entering: Movement = Movement()
    leaving: Movement = Movement()


def preview(value: Any, *, user: Any, segment: Segment | None = None) -> Impact:
    """What *value* means now, for *user*, against the members of *segment*.

    A rule with something wrong is not evaluated. Names are only of contacts that the
    user may see; a sensitive rule is not counted without the right.
    """
    with rules.remembering():
        sentence = rules.sentence(value)
        problems = rules.problems(value, user)
        if problems:
            return Impact(sentence, problems)
        if rules.reads_sensitive(value) and not user.has_perm(
            "crm_plugin.view_sensitive"
        ):
            return Impact("", hidden=True)
        contacts = rules.compile_rule(value, timezone.now())
    everybody = rules.everyone().count()
    entering, leaving = _movements(contacts, segment, user)
    return Impact(
        sentence,
        figure=count(contacts, value, everybody=everybody),
        everybody=everybody,
        sample=_names(contacts, user, SAMPLE),
        entering=entering,
        leaving=leaving,
    )


def count(contacts: QuerySet, value: Any, *, everybody: int) -> Figure:
    """How many the rule chooses: counted to 1,000, then estimated by a probe."""
    found = contacts[: EXACT + 1].count()
    if found <= EXACT:
        return Figure(found)
    step = max(everybody // PROBE, 1)
    probe = list(
        rules.everyone()
        .annotate(place=F("pk") % step)
        .filter(place=0)
        .values_list("pk", flat=True)[: PROBE * 2]
    )
    if not probe or step == 1:
        return Figure(contacts.count())
    hits = rules.compile_rule(value, among=probe).count()
    estimate = max(round(everybody * hits / len(probe), -2), EXACT)
    return Figure(int(estimate), exact=False)


def _movements(
    contacts: QuerySet, segment: Segment | None, user: Any
) -> tuple[Movement, Movement]:
    if segment is None or segment.pk is None or segment.refreshed_at is None:
        return Movement(), Movement()
    stays = SegmentMembership.objects.filter(segment=segment, left_at=None)
    members = stays.values("contact_id")
    entering = contacts.exclude(pk__in=members)
    leaving = (
        Contact.objects.filter(pk__in=members)
        .exclude(pk__in=contacts)
        .values_list("pk", flat=True)
    )
    return _movement(entering, user), _movement(leaving, user)


def _movement(contacts: QuerySet, user: Any) -> Movement:
    found = contacts[: EXACT + 1].count()
    figure = Figure(min(found, EXACT), exact=found <= EXACT)
    return Movement(figure, _names(contacts, user, NAMES))


def _names(contacts: QuerySet, user: Any, number: int) -> list[Contact]:
    visible = Contact.objects.visible_to(user).filter(pk__in=contacts)
    return list(visible.order_by("pk")[:number])
