"""A warning at entry: who on record may be the person that is being typed in."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from crm_plugin.contacts import match, points
from crm_plugin.contacts.models import Contact

NAME = ("contact.family_name", "contact.given_name")
KANA = ("contact.family_kana", "contact.given_kana")


@dataclass
class Suspect:
    """A contact that may be the same person, and why."""

    contact: Contact
    reasons: list[str] = field(default_factory=list)


def suspects(
    values: dict[str, Any], *, user: Any, exclude: int | None = None, limit: int = 5
) -> list[Suspect]:
    """Visible contacts with the same e-mail, phone, card or name as cleaned *values*.

    The one with most reasons first. *exclude* is the contact that is being edited.
    At most five queries.
    """
    reasons: dict[int, list[str]] = {}
    for ids, reason in _matches(values):
        for pk in ids:
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
    ):
        for value in _all(values.get(f"point.{kind}")):
            norm = points.norm(kind, value)
            found.append((by([norm]).get(norm, []), reason))
    for names, reason in ((KANA, _("same name in kana")), (NAME, _("same name"))):
        said = {name.partition(".")[2]: values.get(name) for name in names}
        if all(said.values()):
            same = Q(**said)
            rows = Contact.objects.current().filter(same).order_by("id")
            found.append((list(rows.values_list("pk", flat=True)[:20]), reason))
    return found


def _all(value: Any) -> list[str]:
    if not value:
        return []
    return value if isinstance(value, list) else [value]
