"""Which touchpoints a condition means: of a kind, a channel, a phase, with a tag."""

from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules

from . import tagging
from .data_things import of_kind
from .models import Channel, Phase, Touchpoint

GROUP = gettext_lazy("Contact with us")
CHOSEN = ("kind", "channel", "direction", "phase")


def choice(choices: Any, label: Any) -> blocks.ChoiceBlock:
    return blocks.ChoiceBlock(
        choices=[("", gettext_lazy("any")), *choices], required=False, label=label
    )


class SortBlock(rules.ConditionBlock):
    """Which touchpoints are meant: all of them, unless something is chosen."""

    kind = choice(Touchpoint.Kind.choices, gettext_lazy("kind"))
    channel = choice(Channel.choices, gettext_lazy("channel"))
    direction = choice(Touchpoint.Direction.choices, gettext_lazy("direction"))
    phase = choice(Phase.choices, gettext_lazy("phase"))
    tag = blocks.CharBlock(
        required=False, max_length=60, label=gettext_lazy("tag (empty: any)")
    )
    words = blocks.CharBlock(
        required=False,
        max_length=60,
        label=gettext_lazy("words that were said or noted (empty: any)"),
    )
    optional = {*CHOSEN, "tag", "words"}


class OfSort(rules.Condition):
    """About touchpoints of a sort: a past day is known unless a tag is asked for."""

    group = GROUP
    aspects = frozenset({"touchpoints"})
    dated_by = gettext_lazy("the touchpoints")

    def things(self, value: Any) -> set[tuple[str, str]]:
        return of_kind(value["kind"] or "")

    def past(self, value: Any) -> rules.Past:
        if value["tag"]:
            return rules.Past(why_not=_("When a tag was put on is not dated."))
        return super().past(value)


def of_sort(value: Any) -> QuerySet[Touchpoint]:
    """What people did and a ``SortBlock`` means: no machines, nothing unverified."""
    named = {field: value[field] for field in CHOSEN if value[field]}
    rows = Touchpoint.objects.filter(machine=False, unverified=False, **named)
    if value["phase"]:
        rows = rows.exclude(phase="")
    if words := value["words"]:
        rows = rows.filter(Q(summary__icontains=words) | Q(body__icontains=words))
    return tagged(rows, value["tag"]) if value["tag"] else rows


def with_sort(text: str, value: Any) -> str:
    """*text*, and in brackets which touchpoints are meant."""
    return rules.with_details(text, _names(value))


def tagged(rows: QuerySet[Touchpoint], tag: str) -> QuerySet[Touchpoint]:
    """Those with *tag* among their tags: the whole tag, whatever its case."""
    comma = Value(", ")
    listed = rows.exclude(tags="").alias(crm_tags=Concat(comma, "tags", comma))
    return listed.filter(crm_tags__icontains=f", {tagging.clean(tag)}, ")


def _names(value: Any) -> list[str]:
    labels: dict[str, dict] = {
        "kind": dict(Touchpoint.Kind.choices),
        "channel": dict(Channel.choices),
        "direction": dict(Touchpoint.Direction.choices),
        "phase": dict(Phase.choices),
    }
    names = [
        str(known.get(value[field], value[field]))
        for field, known in labels.items()
        if value[field]
    ]
    if value["tag"]:
        names.append(f"#{tagging.clean(value['tag'])}")
    if value["words"]:
        names.append(_("“%(text)s”") % {"text": value["words"]})
    return names
