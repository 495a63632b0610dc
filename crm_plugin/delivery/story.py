"""What this room tells the history and the count of contact days."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import F, Max, Min, QuerySet, Value
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_plugin import merge_tags
from crm_plugin.touchpoints import by_channel, frequency
from crm_plugin.touchpoints.history import Entry, source
from crm_plugin.touchpoints.people import Who, narrowed

from .models import Delivery, Response

State = Delivery.State
# What a person reads in a story; rows held back at launch are no event of theirs.
TOLD = (State.SENT, State.BOUNCED, State.FAILED, State.UNCERTAIN)
ICONS = {
    "click": "link",
    "open": "view",
    "bounce": "warning",
    "spam": "warning",
    "unsubscribe": "cross",
}


@source("deliveries", kinds=("campaign", "mail_out"), phases=False, people=True)
def deliveries(
    contact_id: Who, *, before: dt.datetime | None, limit: int, user: Any
) -> list[Entry]:
    """Messages to the contact: with their words where a person wrote them."""
    rows = narrowed(Delivery.objects.visible_to(user), contact_id, "handed_at")
    rows = rows.filter(state__in=TOLD, handed_at__isnull=False)
    if before:
        rows = rows.filter(handed_at__lt=before)
    rows = rows.select_related("rendering", "mailing", "by")
    return [_delivery(row) for row in rows.order_by("-handed_at", "-id")[:limit]]


def _delivery(row: Delivery) -> Entry:
    title = subject_of(row)
    if row.state != State.SENT:
        title = f"{title} ({row.get_state_display()})"
    return Entry(
        at=row.handed_at or row.created_at,
        kind="campaign" if row.mailing_id else "mail_out",
        icon="mail",
        title=title,
        body=row.values.get("body", "") if row.by_id else "",
        channel=row.channel,
        direction="out",
        by=row.by,
        key=f"delivery:{row.pk}",
        contact_id=row.contact_id,
    )


def subject_of(row: Delivery) -> str:
    """The subject as it was sent; what never got one goes by its mailing's name."""
    if row.rendering is None:
        return row.mailing.name if row.mailing else row.kind
    parts = merge_tags.scan(row.rendering.subject)
    rest = merge_tags.fallbacks(merge_tags.names(parts), row.language)
    return merge_tags.fill(parts, row.values, fallbacks=rest)


@source("responses", kinds=tuple(ICONS), phases=False, people=True)
def responses(
    contact_id: Who, *, before: dt.datetime | None, limit: int, user: Any
) -> list[Entry]:
    """What came back, machines left out."""
    sent = narrowed(Delivery.objects.visible_to(user), contact_id, "handed_at")
    rows = Response.objects.filter(delivery__in=sent, machine=False)
    if before:
        rows = rows.filter(at__lt=before)
    rows = rows.select_related("link", "delivery__rendering")
    return [_response(row) for row in rows.order_by("-at", "-id")[:limit]]


def _response(row: Response) -> Entry:
    title = row.get_kind_display()
    # A complaint to us is another thing than one to the mail's provider.
    kind = "spam" if row.kind == Response.Kind.COMPLAINT else row.kind
    if row.link is not None:
        title = _("clicked: %(link)s") % {"link": row.link.label or row.link.url}
    return Entry(
        at=row.at,
        kind=kind,
        icon=ICONS[kind],
        title=title,
        body=subject_of(row.delivery),
        url="",
        channel=row.delivery.channel,
        direction="in",
        key=f"response:{row.pk}",
        contact_id=row.delivery.contact_id,
    )


@frequency.days_source
def click_days(contact_ids: frequency.Ids, since: dt.datetime) -> QuerySet:
    """Days on which a person clicked in one of our messages."""
    rows = Response.objects.filter(
        kind=Response.Kind.CLICK,
        machine=False,
        at__gte=since,
        delivery__contact_id__in=contact_ids,
    )
    zone = timezone.get_default_timezone()
    return (
        rows.annotate(day=TruncDate("at", tzinfo=zone))
        .order_by()
        .values_list("delivery__contact_id", "day")
    )


@frequency.moments_source
def click_moments(contact_ids: frequency.Ids, until: dt.datetime | None) -> QuerySet:
    rows = Response.objects.filter(
        kind=Response.Kind.CLICK,
        machine=False,
        delivery__contact_id__in=contact_ids,
        **frequency.by("at", until),
    )
    moments = {"first_at": Min("at"), "last_at": Max("at")}
    return rows.order_by().values_list("delivery__contact_id").annotate(**moments)


@by_channel.channel_source
def click_days_by_channel(contact_ids: Sequence[int], since: dt.datetime) -> QuerySet:
    rows = click_days(contact_ids, since).annotate(
        crm_channel=F("delivery__channel"), crm_side=Value(by_channel.THEIRS)
    )
    return rows.values_list("day", "crm_channel", "crm_side")


@frequency.outbound_source
def written_days(contact_ids: frequency.Ids, since: dt.datetime) -> QuerySet:
    """Days on which a member of staff wrote; automatic and mass mail never counts."""
    rows = Delivery.objects.filter(
        contact_id__in=contact_ids,
        state=State.SENT,
        mailing__isnull=True,
        by__isnull=False,
        sent_at__gte=since,
    )
    zone = timezone.get_default_timezone()
    return (
        rows.annotate(day=TruncDate("sent_at", tzinfo=zone))
        .order_by()
        .values_list("contact_id", "day")
    )


@by_channel.channel_source
def written_days_by_channel(contact_ids: Sequence[int], since: dt.datetime) -> QuerySet:
    rows = written_days(contact_ids, since).annotate(
        crm_channel=F("channel"), crm_side=Value(by_channel.OURS)
    )
    return rows.values_list("day", "crm_channel", "crm_side")
