"""Fill the outbox of a mailing: deliveries set-based, one rendering per combination."""

from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat, NullIf
from django.utils import timezone

from crm_plugin.delivery import render
from crm_plugin.delivery.models import Delivery, Mailing
from crm_plugin.segments.models import Segment, SegmentMembership

from . import compose
from .audience import Plan, addressed, without_address
from .inserting import RandomUUID, insert_from

KIND = "campaign"


def fill(mailing: Mailing, low: int, high: int) -> None:
    """Deliveries for the contacts with ids from *low* to *high*; safe to repeat.

    First those who can get it, oldest contact first, one per address; then a row for
    everybody else with the reason, so that the states always sum to the audience.
    """
    plan = Plan.frozen(mailing)
    points = addressed(plan).filter(contact_id__gte=low, contact_id__lte=high)
    unheard = ~Exists(
        Delivery.objects.filter(mailing=mailing, contact=OuterRef("contact_id"))
    )
    _insert(mailing, points.filter(barred="").order_by("contact_id"), Value(""))
    barred = Coalesce(
        NullIf(F("barred"), Value("")), Value(Delivery.Reason.SAME_ADDRESS)
    )
    _insert(mailing, points.filter(unheard).order_by("contact_id"), barred)
    unreachable = without_address(plan).filter(pk__range=(low, high))
    known = Delivery.objects.filter(mailing=mailing, contact=OuterRef("pk"))
    _insert_unreachable(mailing, unreachable.filter(~Exists(known)))


def _insert(mailing: Mailing, points: QuerySet, reason: Any) -> None:
    state = Case(
        When(Q(_reason=""), then=Value(Delivery.State.PENDING)),
        default=Value(Delivery.State.SKIPPED),
        output_field=CharField(),
    )
    insert_from(
        Delivery,
        points.annotate(
            _language=language_of(mailing.content, contact="contact__language")
        ),
        **_same_for_all(mailing),
        reason=reason,
        state=state,
        contact=F("contact_id"),
        point=F("pk"),
        address=F("value"),
        address_norm=F("value_norm"),
        language=F("_language"),
        variant=variant_key(mailing.content),
    )


def _insert_unreachable(mailing: Mailing, contacts: QuerySet) -> None:
    insert_from(
        Delivery,
        contacts.order_by("pk"),
        **_same_for_all(mailing),
        reason=Value(Delivery.Reason.NO_ADDRESS),
        state=Value(Delivery.State.SKIPPED),
        contact=F("pk"),
        address=Value(""),
        address_norm=Value(""),
        language=language_of(mailing.content, contact="language"),
        variant=Value(""),
    )


def _same_for_all(mailing: Mailing) -> dict[str, Any]:
    """The columns that do not depend on the contact; defaults live in Python."""
    text, number, moment = CharField(), IntegerField(), DateTimeField()
    return {
        "public_id": RandomUUID(),
        "mailing": Value(mailing.pk, number),
        "topic": Value(mailing.topic_id, number),
        "sender": Value(mailing.sender_id, number),
        "kind": Value(KIND, text),
        "channel": Value(mailing.channel, text),
        "values": Value({}, JSONField()),
        "lease_token": Value("", text),
        "message_id": Value("", text),
        "error": Value("", text),
        "fence": Value(0, number),
        "attempts": Value(0, number),
        "not_before": Value(mailing.starts_at, moment),
        "created_at": Value(timezone.now(), moment),
    }


def language_of(content: list[dict[str, Any]], *, contact: str) -> Any:
    """The language in which a contact gets it: theirs if there is one, else the first."""
    first, *others = [version["language"] for version in content]
    whens = [
        When(**{f"{contact}__startswith": code}, then=Value(code)) for code in others
    ]
    return Case(*whens, default=Value(first), output_field=CharField())


def variant_key(content: list[dict[str, Any]]) -> Any:
    """``0.2.e`` as an SQL expression over contact points, by current membership."""
    keys = [_key_in(version) for version in content]
    whens = [
        When(_language=version["language"], then=key)
        for version, key in zip(content[1:], keys[1:], strict=True)
    ]
    return Case(*whens, default=keys[0], output_field=CharField())


def _key_in(version: dict[str, Any]) -> Any:
    body = compose.body_of(version)
    named = Segment.objects.live().filter(pk__in=compose.segments_in(body))
    live = dict(named.values_list("pk", "of_visits"))
    parts: list[Any] = []
    for value in compose.personalised(body):
        parts += [Value("."), _choice(value, live)]
    if not parts:
        return Value("")
    return Concat(*parts[1:], output_field=CharField()) if parts[2:] else parts[1]


def _choice(value: Any, live: dict[int, bool]) -> Case:
    """One personalised block's variant: what ``compose.picks_for`` does, in SQL.

    *live*: the segments in force, and whether they are about visits: whether a reader
    of a mail is in such a one is not known, so what excludes it is for nobody.
    """
    whens = []
    for index, variant in enumerate(value["variants"]):
        spared = live.keys() & set(variant["exclude"])
        if any(live[pk] for pk in spared):
            continue
        fits = Q(Exists(_stays(live.keys() & set(variant["include"]))))
        if spared:
            fits &= ~Q(Exists(_stays(spared)))
        whens.append(When(fits, then=Value(str(index))))
    return Case(*whens, default=Value(compose.EVERYONE_KEY), output_field=CharField())


def _stays(segment_ids: set[int]) -> QuerySet:
    return SegmentMembership.objects.filter(
        contact=OuterRef("contact_id"), segment_id__in=segment_ids, left_at=None
    )


def render_combinations(mailing: Mailing) -> None:
    """One rendering per language and choice of variants that somebody gets."""
    versions = {version["language"]: version for version in mailing.content}
    open_rows = mailing.deliveries.filter(state=Delivery.State.PENDING, rendering=None)
    wanted = open_rows.order_by().values_list("language", "variant").distinct()
    for language, variant in list(wanted):
        version = versions[language]
        compiled = compose.letter(
            version,
            compose.picks_of(variant),
            sender=mailing.sender,
            topic=mailing.topic,
        )
        rendering = render.store(
            compiled, mailing=mailing, kind=KIND, arm=version["arm"], variant=variant
        )
        open_rows.filter(language=language, variant=variant).update(rendering=rendering)
