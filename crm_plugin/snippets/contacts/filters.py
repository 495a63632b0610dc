"""What the list of contacts can be narrowed by: each filter says a condition of a rule.

The list therefore shows what the rule chooses, can say its filters as a sentence, and
can save them as a segment (decision 6).
"""

from collections.abc import Callable
from typing import Any

import django_filters
from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from wagtail.admin.filters import WagtailFilterSet

from crm_plugin import normalise
from crm_plugin.contacts.models import Contact, HeardFrom
from crm_plugin.contacts.sources import WORDS
from crm_plugin.intake.conditions import forms
from crm_plugin.lifecycle.models import Stage
from crm_plugin.sales.models import Plan
from crm_plugin.segments.models import Segment
from crm_plugin.segments.ready_made import condition, group
from crm_plugin.snippets.colleagues import colleagues
from crm_plugin.snippets.ranges import Days, Number, dates, numbers
from crm_plugin.touchpoints.sources import channel_words

from . import scored
from .filters_attributes import attribute_filters
from .filters_rule import RuleFilter

Said = list[dict[str, Any]]
# At least one, at any time.
ONCE = {"how": "at_least", "number": 1, "when": "ever"}
EMPTY: tuple[Any, ...] = (None, "", [], ())


class ContactFilterSet(WagtailFilterSet):
    """Every filter has ``says``: from its cleaned value to conditions."""

    class Meta:
        model = Contact
        fields: list[str] = []

    @cached_property
    def used(self) -> dict[str, Any]:
        """The filters in use, by name."""
        cleaned = self.form.cleaned_data if self.is_valid() else {}
        return {
            name: filter_
            for name, filter_ in self.filters.items()
            if cleaned.get(name) not in EMPTY
        }

    @cached_property
    def rule(self) -> Said:
        """The filters in use as a stored rule; without any, an empty one."""
        return [
            said
            for name, filter_ in self.used.items()
            for said in filter_.says(self.form.cleaned_data[name])
        ]


def filterset_for(user: Any, *, told: bool = False) -> type[ContactFilterSet]:
    """The filters that *user* may use; attributes without the right are not there.

    *told*: with the one that takes a whole rule, which nobody types.
    """
    declared = {
        **_about_the_relation(user),
        **_about_their_plan(user),
        **_about_the_person(),
    }
    declared |= {
        f"a_{key}": saying(filter_, says)
        for key, filter_, says in attribute_filters(user)
    }
    if told:
        whole = RuleFilter(label=_("From a report"), user=user)
        declared["rule"] = saying(whole, lambda rule: rule)
    declared |= {
        name: saying(filter_, says) for name, filter_, says in scored.filters(user)
    }
    return type("ContactFilterSet", (ContactFilterSet,), declared)


def saying(filter_: Any, says: Callable[[Any], Said]) -> Any:
    """*filter_* with the conditions that its value says."""
    filter_.says = says
    return filter_


def _about_the_relation(user: Any) -> dict[str, Any]:
    return {
        "stage": saying(
            django_filters.MultipleChoiceFilter(
                label=_("Stage"), choices=Stage.choices
            ),
            lambda chosen: [condition("stage", stages=list(chosen))],
        ),
        "segment": saying(
            django_filters.ModelChoiceFilter(
                label=_("Segment"), queryset=_segments(user)
            ),
            lambda found: [condition("segment", segment=found.key, state="in")],
        ),
        "uses": saying(Number(label=_("Number of uses")), _uses),
        "form": saying(
            django_filters.ChoiceFilter(label=_("Form sent"), choices=forms),
            lambda page: [condition("sent_form", page=page, trust="sent", **ONCE)],
        ),
        "last_touch": saying(
            Days(label=_("Last touch")),
            lambda span: [condition("last_touch", **dates(span))],
        ),
        "last_use": saying(
            Days(label=_("Last use")),
            lambda span: [condition("last_use", **dates(span))],
        ),
    }


def _about_their_plan(user: Any) -> dict[str, Any]:
    """Nothing where a site has no plans."""
    if not user.has_perm("crm_plugin.view_planperiod"):
        return {}
    choices = [(plan.key, str(plan)) for plan in Plan.objects.all()]
    if not choices:
        return {}
    return {
        "plan": saying(
            django_filters.MultipleChoiceFilter(
                label=pgettext("subscription", "Plan"), choices=choices
            ),
            lambda chosen: [condition("plan", plans=list(chosen), state="now")],
        )
    }


def _about_the_person() -> dict[str, Any]:
    return {
        "owner": saying(
            django_filters.ChoiceFilter(label=_("Owner"), choices=_owners),
            lambda key: [condition("owner", owner=key)],
        ),
        "heard_from": saying(
            django_filters.MultipleChoiceFilter(
                label=_("Heard of us from"), choices=HeardFrom.choices
            ),
            lambda chosen: [condition("heard_from", answers=list(chosen))],
        ),
        "came_by": saying(
            django_filters.MultipleChoiceFilter(
                label=_("Source"), choices=source_choices()
            ),
            _came_by,
        ),
        "source": saying(
            django_filters.CharFilter(label=_("Source in the link (utm_source)")),
            lambda name: [condition("source", what="source", name=name.strip())],
        ),
        "created": saying(
            Days(label=_("First recorded")),
            lambda span: [condition("created", **dates(span))],
        ),
        "age": saying(Number(label=_("Age")), _age),
        "confirmed": saying(
            django_filters.BooleanFilter(label=_("Confirmed")),
            lambda yes: [
                condition("confirmed", state="confirmed" if yes else "provisional")
            ],
        ),
        "language": saying(
            django_filters.MultipleChoiceFilter(
                label=_("Language"), choices=settings.LANGUAGES
            ),
            lambda chosen: [condition("language", languages=list(chosen))],
        ),
        "prefecture": saying(
            django_filters.CharFilter(label=_("Prefecture")),
            lambda name: [condition("place", prefecture=name.strip())],
        ),
        "city": saying(
            django_filters.CharFilter(label=_("City starts with")),
            lambda name: [condition("place", city=name.strip())],
        ),
    }


def source_choices() -> list[tuple[str, str]]:
    """Where a first record can come from, in words."""
    return [(code, channel_words(code)) for code in WORDS]


def _came_by(chosen: list[str]) -> Said:
    said = [condition("source", what="source", name=code) for code in chosen]
    return said if len(said) < 2 else [group("any", *said)]


def _segments(user: Any) -> QuerySet[Segment]:
    rows = Segment.objects.visible_to(user).of_people().live()
    if not user.has_perm("crm_plugin.view_sensitive"):
        rows = rows.filter(reads_sensitive=False)
    return rows


def staff_choices(*, active: bool | None = True) -> list[tuple[str, str]]:
    """Colleagues by name, and nobody; *active* None counts those who left, too."""
    users = colleagues(active=active)
    return [
        ("nobody", _("nobody")),
        *((str(one.pk), normalise.staff(one)) for one in users),
    ]


def _owners() -> list[tuple[str, str]]:
    """Whose contacts can be looked for: also of those who left."""
    return staff_choices(active=None)


def _age(span: slice) -> Said:
    ends = {"youngest": span.start, "oldest": span.stop}
    years = {name: int(end) for name, end in ends.items() if end is not None}
    return [condition("age", **years)]


def _uses(span: slice) -> Said:
    return [
        condition("uses", how=how, number=int(number), when="ever")
        for how, number in numbers(span, exactly="exactly")
    ]
