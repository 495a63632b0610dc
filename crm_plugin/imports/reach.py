"""How many of the people in a sheet may be written to by mail, and why others not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from crm_plugin import signing
from crm_plugin.consents.models import Consent, Suppression, Topic
from crm_plugin.consents.refusals import refused
from crm_plugin.contacts.models import ContactPoint

REACHED = "reached"
REASONS = {
    "no_address": _("no e-mail address"),
    "no_basis": _("no consent and no stated basis"),
    "refused": _("unsubscribed earlier: that stays"),
    "undeliverable": _("mail to the address came back"),
    "inactive": _("the topic is switched off"),
}


@dataclass
class Ground:
    """What is known about some addresses: consents by contact, refusals, stops."""

    granted: set[tuple[int, str]] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    undeliverable: set[str] = field(default_factory=set)


def survey(addresses: Iterable[str], topic: Topic | None) -> Ground:
    """Read consents and stops of these addresses; four queries."""
    norms = set(addresses)
    ground = Ground()
    if not norms:
        return ground
    consents = Consent.objects.filter(
        point__kind="email",
        point__value_norm__in=norms,
        topic__active=True,
        state=Consent.State.GRANTED,
    )
    if topic:
        consents = consents.filter(topic=topic)
    for norm, contact_id in consents.values_list(
        "point__value_norm", "point__contact_id"
    ):
        ground.granted.add((contact_id, norm))
    hashes = signing.by_address_hash("email", norms)
    for digest, why in Suppression.objects.filter(
        channel="email", address_hash__in=hashes
    ).values_list("address_hash", "reason"):
        bounced = why == Suppression.Reason.BOUNCED
        (ground.undeliverable if bounced else ground.refused).add(hashes[digest])
    if topic:
        ground.refused |= refused(hashes, topic)
    gone = ContactPoint.objects.filter(kind="email", value_norm__in=norms)
    gone = gone.exclude(undeliverable_at=None)
    ground.undeliverable |= set(gone.values_list("value_norm", flat=True))
    return ground


def judge(
    contact_id: int | None, addresses: Iterable[str], ground: Ground, *, stated: bool
) -> str:
    """``reached``, or the first reason why this contact cannot be mailed.

    *stated*: whether a basis is stated for them with this sheet.
    """
    reasons = []
    for norm in addresses:
        if norm in ground.undeliverable:
            reasons.append("undeliverable")
        elif norm in ground.refused:
            reasons.append("refused")
        elif stated or (contact_id, norm) in ground.granted:
            return REACHED
        else:
            reasons.append("no_basis")
    return reasons[0] if reasons else "no_address"


def by_contact(contact_ids: Iterable[int], topic: Topic | None) -> Counter[str]:
    """How these contacts stand now: how many are reached, and reasons for the others."""
    addresses: dict[int, list[str]] = {pk: [] for pk in contact_ids}
    rows = ContactPoint.objects.filter(kind="email", contact_id__in=addresses)
    for contact_id, norm in rows.values_list("contact_id", "value_norm"):
        addresses[contact_id].append(norm)
    ground = survey((n for norms in addresses.values() for n in norms), topic)
    return Counter(
        judge(pk, norms, ground, stated=False) for pk, norms in addresses.items()
    )
