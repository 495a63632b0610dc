"""The queue of suspected pairs: store what a search found, take people's word for it."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_plugin import journal
from crm_plugin.contacts.models import Contact, SuspectedPair

from .comparing import Found

# What speaks for one person, and what against it, in words.
FOR = {
    "same_name": _("same name"),
    "same_sound": _("same name by its sound"),
    "similar_name": _("similar name"),
    "swapped_name": _("family and given name swapped"),
    "same_given_name": _("same given name"),
    "same_family_name": _("same family name"),
    "same_card": _("same member card"),
    "same_id": _("same LINE or SNS id"),
    "same_email": _("same e-mail address"),
    "shared_email": _("same e-mail address, which others use too"),
    "similar_email": _("similar e-mail address"),
    "same_local": _("same e-mail name at another provider"),
    "same_domain": _("e-mail of the same organisation"),
    "same_phone": _("same phone number"),
    "shared_phone": _("same phone number, which others use too"),
    "similar_phone": _("phone numbers differ by one digit"),
    "same_address": _("same postal address"),
    "same_postcode": _("same postcode"),
    "same_birthday": _("same birthday"),
    "similar_birthday": _("similar birthday"),
}
AGAINST = {
    "other_family_name": _("another family name"),
    "other_card": _("another member card"),
    "other_email": _("another e-mail address"),
    "other_phone": _("another phone number"),
    "other_address": _("another postal address"),
    "other_birthday": _("another birthday"),
}


def store(found: Found, ids: list[int], *, upwards: bool = False) -> int:
    """Keep what a search of these contacts found; return how many pairs are new.

    Pairs that are suspected no longer go; those that somebody said are not the same
    stay as they are for ever. Two reads, and a write for new, changed and gone ones.
    """
    about = Q(lower_id__in=ids)
    if not upwards:
        about |= Q(higher_id__in=ids)
    stored = {
        (pair.lower_id, pair.higher_id): pair
        for pair in SuspectedPair.objects.filter(about)
    }
    new, changed = [], []
    for (lower, higher), verdict in sorted(found.items()):
        reasons = list(verdict.reasons)
        pair = stored.get((lower, higher))
        if pair is None:
            new.append(
                SuspectedPair(
                    lower_id=lower,
                    higher_id=higher,
                    score=verdict.score,
                    reasons=reasons,
                )
            )
        elif not pair.dismissed_at and (pair.score, pair.reasons) != (
            verdict.score,
            reasons,
        ):
            pair.score, pair.reasons = verdict.score, reasons
            changed.append(pair)
    gone = [
        pair.pk
        for both, pair in stored.items()
        if both not in found and not pair.dismissed_at
    ]
    SuspectedPair.objects.bulk_create(new, batch_size=1_000, ignore_conflicts=True)
    SuspectedPair.objects.bulk_update(changed, ["score", "reasons"], batch_size=500)
    SuspectedPair.objects.filter(pk__in=gone).delete()
    return len(new)


def dismiss(pair: SuspectedPair, *, by: Any) -> bool:
    """Remember that these two are not the same; false if somebody said so before."""
    said = {"dismissed_at": timezone.now(), "dismissed_by": by}
    with transaction.atomic():
        row = SuspectedPair.objects.select_for_update().filter(pk=pair.pk).first()
        if row is None or row.dismissed_at:
            return False
        journal.record("edit", _say(row, said), by=by)
    return True


def tell_apart(one: Contact, other: Contact, *, by: Any) -> list[journal.Entry]:
    """Remember that these two are not the same, whether they are suspected or not.

    Returns what the journal should know.
    """
    lower, higher = sorted([one.pk, other.pk])
    row, _made = SuspectedPair.objects.get_or_create(
        lower_id=lower, higher_id=higher, defaults={"score": 0}
    )
    return _say(row, {"dismissed_at": timezone.now(), "dismissed_by": by})


def restore(pair: SuspectedPair, *, by: Any) -> bool:
    """Take "not the same" back: the pair waits again. The journal keeps who had said it."""
    with transaction.atomic():
        row = SuspectedPair.objects.select_for_update().filter(pk=pair.pk).first()
        if row is None or row.dismissed_at is None:
            return False
        said = {"dismissed_at": None, "dismissed_by": None}
        journal.record("edit", _say(row, said), by=by)
    return True


def _say(row: SuspectedPair, said: dict[str, Any]) -> list[journal.Entry]:
    """Store what was *said* of the pair; an entry of each field on both records."""
    entries: list[journal.Entry] = [
        ("suspectedpair", row.pk, name, getattr(row, name), new, contact_id)
        for contact_id in (row.lower_id, row.higher_id)
        for name, new in said.items()
    ]
    SuspectedPair.objects.filter(pk=row.pk).update(**said)
    return entries


def may_be(contact: Contact, *, user: Any) -> list[tuple[SuspectedPair, Contact]]:
    """Who this contact may also be, the likeliest first: at most three, one query."""
    rows = SuspectedPair.objects.visible_to(user).open()
    rows = rows.filter(Q(lower=contact) | Q(higher=contact))
    rows = rows.select_related("lower", "higher").order_by("-score", "id")
    return [
        (pair, pair.higher if pair.lower_id == contact.pk else pair.lower)
        for pair in rows[:3]
    ]
