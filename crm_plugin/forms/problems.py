"""What is wrong with a form, in words for its editor.

Nothing here keeps a page from being saved: a form is built step by step, and the panel
speaks while it grows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_plugin import normalise
from crm_plugin.conf import CrmSettings
from crm_plugin.consents.models import Topic
from crm_plugin.contacts import fields
from crm_plugin.contacts.cleaning import Refused

from . import mapping
from .only_if import split_values
from .topics import WordingsWidget

CHOICES = ("dropdown", "multiselect", "radio", "checkboxes")
SEVERAL = ("multiselect", "checkboxes")
# What the answer of a type is saved as by itself; "save as" says nothing there.
OWN = ("topics", "stars", "nps", "file", "page")
REACHES = {"point.email", "point.phone"}
# Types that are meant for one field of the registry.
MEANT = {
    "email": "point.email",
    "phone": "point.phone",
    "postal": "point.postal",
    "birth": "contact.birth_on",
    "organisation": "organisation.name",
}
FITTING = {
    "number": {"number", "mapped"},
    "date": {"date", "birth", "mapped"},
    "yes_no": {"checkbox", "mapped"},
    "choice": {"mapped", "dropdown", "radio"},
    "multi_choice": {"mapped", *SEVERAL},
}


@dataclass(frozen=True)
class Problem:
    """One thing to look at; ``label`` names the field that it is about."""

    text: str
    label: str = ""
    grave: bool = True


@dataclass
class Draft:
    """What the editor holds at the moment."""

    kind: str
    rows: list[Any]
    facts: Mapping[str, Any]
    user: Any = None

    @cached_property
    def known(self) -> dict[str, fields.Field]:
        return mapping.fields_for(row.maps_to for row in self.rows)

    @cached_property
    def targets(self) -> dict[str, fields.Field]:
        """What the fields are saved as, without what the editor may not know of."""
        reads = bool(self.user and self.user.has_perm("crm_plugin.view_sensitive"))
        return {n: f for n, f in self.known.items() if reads or not f.sensitive}

    @cached_property
    def purpose(self) -> str:
        return self.facts["purpose_of_use"] or CrmSettings.load().purpose_of_use

    @property
    def keep_days(self) -> int | None:
        """For how many days answers are kept, as far as that is a number."""
        typed = str(self.facts.get("keep_days") or "")
        return int(typed) if typed.isdecimal() and len(typed) < 6 else None


def of_editor(form: Any, user: Any) -> list[Problem]:
    """What is wrong with the page that the edit *form* holds."""
    if form.is_bound:
        return of_post(type(form.instance), form.data, user)
    page = form.instance
    rows = page.get_form_fields() if page.pk else []
    facts = {name: getattr(page, name) for name in FACTS}
    return find(Draft(page.crm_kind, list(rows), facts, user))


FACTS = ("consent_topic_id", "consent_wording", "purpose_of_use", "keep_days")
TEXTS = ("label", "field_type", "maps_to", "choices", "only_if", "only_if_value")
MOST_ROWS = 200


def of_post(model: Any, data: Any, user: Any) -> list[Problem]:
    """The same, from what the editor would send if it were saved now."""
    rows = rows_of(data, prefix="form_fields")
    facts = {
        "consent_topic_id": data.get("consent_topic"),
        "consent_wording": data.get("consent_wording"),
        "purpose_of_use": data.get("purpose_of_use"),
        "keep_days": data.get("keep_days"),
    }
    return find(Draft(model.crm_kind, rows, facts, user))


def rows_of(data: Any, *, prefix: str) -> list[Any]:
    """The rows of an inline formset as they stand, in the editor's order."""
    typed = data.get(f"{prefix}-TOTAL_FORMS", "")
    total = int(typed) if typed.isdecimal() and len(typed) < 5 else 0
    rows = []
    for number in range(min(total, MOST_ROWS)):
        row = f"{prefix}-{number}-"
        if data.get(f"{row}DELETE"):
            continue
        said = {name: data.get(row + name) or "" for name in TEXTS}
        said["required"] = bool(data.get(f"{row}required"))
        said["leave_out"] = bool(data.get(f"{row}leave_out"))
        said["file_kinds"] = data.get(f"{row}file_kinds") or ""
        said["max_mb"] = data.get(f"{row}max_mb") or None
        said["wordings"] = WordingsWidget().said(data, f"{row}wordings")
        order = normalise.whole(data.get(f"{row}ORDER"))
        rows.append((number if order is None else order, said))
    return [SimpleNamespace(**said) for _order, said in sorted(rows, key=_first)]


def _first(pair: tuple[int, Any]) -> int:
    return pair[0]


def find(draft: Draft) -> list[Problem]:
    """Every problem of *draft*, those of the whole form first."""
    found = [*_of_the_whole(draft), *_doubles(draft)]
    above: dict[str, Any] = {}
    for row in draft.rows:
        found += _of_a_row(draft, row)
        found += _of_its_condition(draft, row, above)
        above.setdefault(normalise.fold(row.label), row)
    return found


def _of_the_whole(draft: Draft) -> Iterable[Problem]:
    asked = {row.maps_to for row in draft.rows}
    types = {row.field_type for row in draft.rows}
    if not REACHES & asked:
        yield Problem(
            _("No field is saved as an e-mail address or phone number: nobody can be"
              " answered or recognised."),
            grave=draft.kind not in ("feedback", "other"),
        )  # fmt: skip
    if draft.facts["consent_topic_id"] and not draft.facts["consent_wording"]:
        yield Problem(_("The tick for a topic has no wording."))
    if _is_retired(draft.facts["consent_topic_id"]):
        yield Problem(_("The topic is retired: nobody is asked for it."))
    asks_topic = draft.facts["consent_topic_id"] or "topics" in types
    if draft.kind == "sign_up" and not asks_topic:
        yield Problem(_("A sign-up needs a topic, or a field of topics."))
    if draft.kind == "feedback" and not types & {"stars", "nps"}:
        yield Problem(_("Feedback needs a field of stars or recommendation."))
    if draft.kind == "inquiry" and mapping.MESSAGE not in asked:
        text = _("No field is saved as the message: such a form opens no inquiry.")
        yield Problem(text)
    if draft.keep_days:
        text = ngettext(
            "Answers and files are deleted %(days)s day after they were sent, or once"
            " nobody waits for a reply any more.",
            "Answers and files are deleted %(days)s days after they were sent, or once"
            " nobody waits for a reply any more.",
            draft.keep_days,
        )
        yield Problem(text % {"days": draft.keep_days}, grave=False)


def _is_retired(topic_id: Any) -> bool:
    retired = Topic.objects.filter(pk=normalise.whole(topic_id), active=False)
    return bool(topic_id) and retired.exists()


def _doubles(draft: Draft) -> Iterable[Problem]:
    """Two fields for one place: the first that is filled in would win."""
    taken: dict[str, Any] = {}
    for row in draft.rows:
        if not row.maps_to or row.maps_to == mapping.MESSAGE or row.field_type in OWN:
            continue
        other = taken.setdefault(row.maps_to, row)
        if other is not row:
            text = _("It is saved in the same place as “%(other)s”.")
            both = bool(row.only_if and other.only_if)
            yield Problem(text % {"other": other.label}, row.label, grave=not both)


def _of_a_row(draft: Draft, row: Any) -> Iterable[Problem]:
    if row.field_type in OWN:
        yield from _of_its_own(draft, row)
        return
    if row.field_type in CHOICES and not row.choices.strip():
        yield Problem(_("There is nothing to choose from."), row.label)
    if row.leave_out and not row.maps_to:
        text = _("It cannot be left out when known: it is saved nowhere.")
        yield Problem(text, row.label)
    if row.field_type in MEANT and not row.maps_to:
        text = _("The answer stands in the history only; see “save as”.")
        yield Problem(text, row.label, grave=False)
    if row.field_type == "mapped" and not row.maps_to:
        yield Problem(_("Choose under “save as” what it asks for."), row.label)
    yield from _of_its_target(draft, row)


def _of_its_own(draft: Draft, row: Any) -> Iterable[Problem]:
    if row.maps_to:
        text = _("“Save as” says nothing here: this type knows where it belongs.")
        yield Problem(text, row.label, grave=False)
    if row.field_type == "file" and not (row.file_kinds and row.max_mb):
        text = _("Say which kinds of files are welcome, and how large.")
        yield Problem(text, row.label)
    if row.field_type == "topics":
        if not row.wordings:
            yield Problem(_("No topic has a wording: nothing is asked."), row.label)
        if row.required and draft.kind != "sign_up":
            text = _("Consent that is required is not given freely.")
            yield Problem(text, row.label)


def _of_its_target(draft: Draft, row: Any) -> Iterable[Problem]:
    target = draft.targets.get(row.maps_to)
    if target is None or target.definition is None:
        if row.maps_to.startswith("attribute.") and row.maps_to not in draft.known:
            yield Problem(_("The attribute is not there any more."), row.label)
        return
    if not target.definition.active:
        text = _("The attribute is switched off: the field is not shown.")
        yield Problem(text, row.label)
    if target.sensitive and not (target.definition.purpose or draft.purpose):
        text = _("It is sensitive, and nothing says what it is used for.")
        yield Problem(text, row.label)
    yield from _of_its_type(row, target)


def _of_its_type(row: Any, target: fields.Field) -> Iterable[Problem]:
    fitting = FITTING.get(target.type)
    if fitting and row.field_type not in fitting:
        text = _("The type does not fit the attribute. Choose: %(type)s.")
        wanted = {"type": _("Attribute or other CRM field, as it needs it")}
        yield Problem(text % wanted, row.label)
        return
    if row.field_type not in CHOICES or target.type not in ("choice", "multi_choice"):
        return
    for choice in split_choices(row.choices):
        try:
            target.clean(choice)
        except Refused:
            text = _("“%(choice)s” is not a choice of the attribute.")
            yield Problem(text % {"choice": choice}, row.label)


def _of_its_condition(draft: Draft, row: Any, above: dict) -> Iterable[Problem]:
    if not row.only_if:
        if row.only_if_value:
            text = _("Say which field must have that answer.")
            yield Problem(text, row.label, grave=False)
        return
    decider = above.get(normalise.fold(row.only_if))
    if decider is None or decider.field_type in ("page", "file"):
        text = _("Further up there is no field “%(name)s”: it is always asked.")
        yield Problem(text % {"name": row.only_if}, row.label)
        return
    known = _answers(draft, decider)
    for value in split_values(row.only_if_value):
        if known and normalise.fold(value) not in known:
            text = _("“%(choice)s” is not an answer to “%(name)s”.")
            said = {"choice": value, "name": decider.label}
            yield Problem(text % said, row.label)


def split_choices(text: str) -> list[str]:
    """An editor's choices as Wagtail reads them: by line, else by comma."""
    lines = text.strip().splitlines()
    parts = lines if len(lines) > 1 else text.split(",")
    return [
        part for part in (part.strip().rstrip(",").strip() for part in parts) if part
    ]


def _answers(draft: Draft, row: Any) -> set[str]:
    """The folded answers that a field offers; empty where anything can be typed."""
    if row.field_type in CHOICES:
        return {normalise.fold(choice) for choice in split_choices(row.choices)}
    target = draft.targets.get(row.maps_to)
    if row.field_type == "mapped" and target and target.choices:
        pairs = target.choices
        return {normalise.fold(str(word)) for pair in pairs for word in pair}
    return set()
