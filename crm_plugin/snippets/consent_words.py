"""The ledger of consents in words: its rows hold codes that outlive every name."""

import re
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from crm_plugin.consents import behaviour
from crm_plugin.consents.models import ConsentEvent, Topic
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
    "unsubscribe page": gettext_lazy("unsubscribe page"),
    "unsubscribe page: undone": gettext_lazy("unsubscribe page: undone"),
}
WITH_REFERENCE = {
    "form": gettext_lazy("form %(reference)s"),
    "confirmed": gettext_lazy("confirmed %(reference)s"),
    "another person": gettext_lazy("another person, %(reference)s"),
}


def with_topic_names(rows: QuerySet) -> QuerySet:
    """Each row with what its topic is called now: one query for all."""
    topics = Topic.objects.filter(key=OuterRef("topic"))
    return rows.annotate(
        topic_name=Subquery(topics.values("name")[:1]),
        topic_name_ja=Subquery(topics.values("name_ja")[:1]),
    )


def topic(row: Any) -> str:
    """What the topic is called now, else the key that was written down."""
    if not row.topic:
        return _("everything")
    if row.topic == behaviour.PURPOSE:
        return _("noting visits to the site")
    own = row.topic_name_ja if (get_language() or "").startswith("ja") else ""
    return own or row.topic_name or row.topic


def channel(row: ConsentEvent) -> str:
    known = {**dict(Channel.choices), **dict(ContactPoint.Kind.choices)}
    return str(known.get(row.channel, row.channel))


def basis(row: ConsentEvent) -> str:
    """A sheet's closed list, or the person's own yes."""
    batch = apps.get_model("crm_plugin", "ImportBatch")
    known = dict(batch._meta.get_field("basis").flatchoices)
    return str({**known, "opt_in": _("their own yes")}.get(row.basis, row.basis))


def source(row: ConsentEvent) -> str:
    found = re.fullmatch(r"(\D+) (R-\w+)", row.source)
    if found and found[1] in WITH_REFERENCE:
        return str(WITH_REFERENCE[found[1]]) % {"reference": found[2]}
    return str(SOURCES.get(row.source, row.source))


def actor(row: ConsentEvent) -> str:
    """The member of staff by name; for one row, since it asks the database."""
    pk = row.actor.removeprefix("user ")
    user = get_user_model().objects.filter(pk=pk).first() if pk.isdecimal() else None
    return (user.get_full_name() or user.get_username()) if user else row.actor
