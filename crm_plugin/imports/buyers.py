"""Whose a receipt is: by the member number, else by an e-mail address or a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crm_plugin import signing
from crm_plugin.contacts import points

from .matching import KINDS

Values = dict[str, Any]
MEMBER = "sale.member"
ADDRESSES = {"sale.email": "email", "sale.phone": "phone"}
FIELDS = {MEMBER: "card", **ADDRESSES}
# So much of an address' hash tells two guests of one minute apart.
HASH = 32


@dataclass(frozen=True)
class Buyer:
    """The contact that a row is about, or the field whose value several people have."""

    contact_id: int | None = None
    shared: str = ""


def norms(values: Values) -> dict[str, str]:
    """What a row says of the buyer, by field, the one that says most first."""
    return {
        name: points.norm(kind, values[name])
        for name, kind in FIELDS.items()
        if values.get(name)
    }


def find(rows: Sequence[Values]) -> list[Buyer]:
    """The buyer of each row. Three look-ups for any number of rows."""
    said = [norms(values) for values in rows]
    known = {
        name: KINDS[kind]({row[name] for row in said if name in row})
        for name, kind in FIELDS.items()
    }
    return [
        _one({name: known[name].get(norm, []) for name, norm in row.items()})
        for row in said
    ]


def _one(found: dict[str, list[int]]) -> Buyer:
    """A card is its oldest holder; an address must be one person's.

    Where several have the e-mail address, the phone number may tell which of them.
    """
    if holders := found.get(MEMBER):
        return Buyer(holders[0])
    several: set[int] = set()
    shared = ""
    for name in ADDRESSES:
        ids = set(found.get(name, ()))
        if several:
            ids &= several
        if len(ids) == 1:
            return Buyer(ids.pop())
        if ids and not several:
            several, shared = ids, name
    return Buyer(None, shared)


def key(values: Values) -> str:
    """What tells the receipts of one moment apart; no address can be read from it."""
    said = norms(values)
    if not said:
        return "-"
    name, norm = next(iter(said.items()))
    if name == MEMBER:
        return norm
    kind = ADDRESSES[name]
    return f"{kind} {signing.address_hash(kind, norm)[:HASH]}"


def problem(buyer: Buyer) -> str:
    """Why nobody is the buyer although somebody was named, for the row."""
    if buyer.shared == "sale.email":
        return _("Several people have this e-mail address: kept without a contact.")
    return _("Several people have this phone number: kept without a contact.")


def note(buyer: Buyer, values: Values) -> str:
    """What becomes of a row with these *values* that names nobody known."""
    if buyer.contact_id or buyer.shared:
        return ""
    said = norms(values)
    if MEMBER in said:
        return _("Unknown member number: kept without a contact.")
    if said:
        return _("Nobody is known under this: kept without a contact.")
    return _("Neither member number, e-mail nor phone: kept without a contact.")
