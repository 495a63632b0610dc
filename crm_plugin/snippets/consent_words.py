"""The ledger of consents in words: its rows hold codes that outlive every name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin import normalise
from crm_plugin.consents import behaviour, words
from crm_plugin.consents.evidence import Line
from crm_plugin.consents.models import ConsentEvent, Topic, Wording
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.touchpoints.models import Channel

SOURCES = {
    behaviour.SOURCE: gettext_lazy("question on the site"),
    "expiry": gettext_lazy("never confirmed"),
    "import": gettext_lazy("spreadsheet"),
    "import undone": gettext_lazy("spreadsheet undone"),
    "mail": gettext_lazy("mail"),
    "one-click": gettext_lazy("one click in the mail program"),
    "preferences": gettext_lazy("page of preferences"),
    "record": gettext_lazy("written down by staff"),
    "unsubscribe page": gettext_lazy("unsubscribe page"),
    "unsubscribe page: undone": gettext_lazy("unsubscribe page: undone"),
}
WITH_REFERENCE = {
    "form": gettext_lazy("form %(reference)s"),
    "confirmed": gettext_lazy("confirmed %(reference)s"),
    "another person": gettext_lazy("another person, %(reference)s"),
}


def add_topics(rows: Iterable[Any]) -> list[Any]:
    """Give each the ``topic_name`` that its topic has now; one query for all."""
    found = list(rows)
    names = topic_names() if found else {}
    for row in found:
        row.topic_name = names.get(row.topic, row.topic)
    return found


def topic_names() -> dict[str, str]:
    return {row.key: str(row) for row in Topic.objects.all()}


def topic(row: Any) -> str:
    """What the topic is called now, else the key that was written down."""
    if not row.topic:
        return _("everything")
    if row.topic == behaviour.PURPOSE:
        return _("noting visits to the site")
    return str(row.topic_name)


def channel(row: ConsentEvent) -> str:
    known = {**dict(Channel.choices), **dict(ContactPoint.Kind.choices)}
    return str(known.get(row.channel, row.channel))


def basis(row: ConsentEvent) -> str:
    """A sheet's closed list, or the person's own yes."""
    batch = apps.get_model("crm_plugin", "ImportBatch")
    known = dict(batch._meta.get_field("basis").flatchoices)
    known |= {"opt_in": _("their own yes"), **words.SAID}
    return str(known.get(row.basis, row.basis))


def source(row: ConsentEvent) -> str:
    found = re.fullmatch(r"(\D+) (R-\w+)", row.source)
    if found and found[1] in WITH_REFERENCE:
        return str(WITH_REFERENCE[found[1]]) % {"reference": found[2]}
    return str(SOURCES.get(row.source, row.source))


def add_names(rows: Iterable[Any]) -> list[Any]:
    """Also its ``actor_name`` and the ``wording_text``; two queries more for all."""
    found = add_topics(rows)
    people = staff({row.actor for row in found})
    wordings = Wording.objects.in_bulk({row.wording for row in found if row.wording})
    for row in found:
        shown = wordings.get(row.wording)
        row.actor_name = people.get(row.actor, row.actor)
        row.wording_text = shown.text if shown else row.wording
    return found


@dataclass(frozen=True)
class Told:
    """One line of the ledger with everything about it in words."""

    line: Line
    topic: str
    channel: str
    basis: str
    source: str
    actor: str

    @property
    def action(self) -> str:
        return str(self.line.event.get_action_display())

    @property
    def details(self) -> list[tuple[str, str]]:
        note = [(_("Note"), self.line.note)] if self.line.note else []
        return [*self.line.wishes, *note]


def told(lines: Iterable[Line]) -> list[Told]:
    """*lines* in words; two queries, however many there are."""
    found = list(lines)
    topics = topic_names() if found else {}
    people = staff({line.event.actor for line in found})
    return [
        Told(
            line,
            topics.get(line.event.topic, line.event.topic) or _everything(line.event),
            channel(line.event),
            basis(line.event),
            source(line.event),
            people.get(line.event.actor, line.event.actor),
        )
        for line in found
    ]


def _everything(event: ConsentEvent) -> str:
    """A withdrawal without a topic is about all marketing; preferences are no topic."""
    return "" if event.action == ConsentEvent.Action.PREFER else _("everything")


def staff(actors: set[str]) -> dict[str, str]:
    """The members of staff behind ``user 12``, by name; one query."""
    keys = {actor: actor.removeprefix("user ") for actor in actors}
    ids = [key for key in keys.values() if key.isdecimal()]
    users = get_user_model()._default_manager.in_bulk(ids) if ids else {}
    return {
        actor: normalise.staff(users[int(key)])
        for actor, key in keys.items()
        if key.isdecimal() and int(key) in users
    }
