"""Who is already known under an address, a number or a card: set-based look-ups."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from .models import ContactPoint

SLICE = 10_000
Found = dict[str, list[int]]


def by_email(norms: Iterable[str]) -> Found:
    """{norm: contact ids, oldest first} for the *norms* that are known."""
    return _by(ContactPoint.Kind.EMAIL, norms)


def by_phone(norms: Iterable[str]) -> Found:
    return _by(ContactPoint.Kind.PHONE, norms)


def by_card(norms: Iterable[str]) -> Found:
    return _by(ContactPoint.Kind.CARD, norms)


def by_line(norms: Iterable[str]) -> Found:
    return _by(ContactPoint.Kind.LINE, norms)


def by_account(norms: Iterable[str]) -> Found:
    """Of a social network: as ``network:handle`` one person's, else a hint only."""
    return _by(ContactPoint.Kind.SNS, norms)


def _by(kind: str, norms: Iterable[str]) -> Found:
    found: Found = defaultdict(list)
    for part in _slices(sorted({norm for norm in norms if norm})):
        rows = ContactPoint.objects.filter(
            kind=kind, value_norm__in=part, contact__archived_at=None
        )
        for norm, contact_id in rows.order_by("contact_id").values_list(
            "value_norm", "contact_id"
        ):
            found[norm].append(contact_id)
    return dict(found)


def _slices(norms: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(norms), SLICE):
        yield norms[start : start + SLICE]
