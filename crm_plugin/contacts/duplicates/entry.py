"""A warning at entry: who on record may be the person that is being typed in."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from crm_plugin.contacts import match, points
from crm_plugin.contacts.models import Contact

from .entry_names import called_alike


@dataclass
class Suspect:
    """A contact that may be the same person, and why."""

    contact: Contact
    reasons: list[str] = field(default_factory=list)


def suspects(
    values: dict[str, Any], *, user: Any, exclude: int | None = None, limit: int = 5
) -> list[Suspect]:
    """Visible contacts with the same address, number, id or name as cleaned *values*.

    The one with most reasons first; names are the same in any spelling and order.
    *exclude* is the contact that is being edited. The queries are as many for a list of
    a million as for one of ten.
    """
    reasons: dict[int, list[str]] = {}
    for ids, reason in _matches(values):
        for pk in ids:
            reasons.setdefault(pk, []).append(reason)
    for pk, reason in called_alike(values, user=user):
        reasons.setdefault(pk, []).append(reason)
    reasons.pop(exclude or 0, None)
    best = sorted(reasons, key=lambda pk: (-len(reasons[pk]), pk))[: limit * 4]
    visible = Contact.objects.visible_to(user).current().in_bulk(best)
    return [Suspect(visible[pk], reasons[pk]) for pk in best if pk in visible][:limit]


def _matches(values: dict[str, Any]) -> list[tuple[list[int], str]]:
    found = []
    for kind, by, reason in (
        ("email", match.by_email, _("same e-mail address")),
        ("phone", match.by_phone, _("same phone number")),
        ("card", match.by_card, _("same member card")),
        ("line", match.by_line, _("same LINE id")),
        ("sns", match.by_account, _("same SNS id")),
    ):
        for value in _all(values.get(f"point.{kind}")):
            norm = points.norm(kind, value)
            found.append((by([norm]).get(norm, []), reason))
    return found


def _all(value: Any) -> list[str]:
    if not value:
        return []
    return value if isinstance(value, list) else [value]
