"""Who is on a list tells something where its rule asks for sensitive values."""

from collections.abc import Iterable
from typing import Any

from crm_plugin import rules
from crm_plugin.contacts import access
from crm_plugin.contacts.models import Affiliation

SCREEN = access.Screen.WHY
FIRMS = {"organisation", "department"}


def chosen_by(value: Any, ids: Iterable[int], *, by: Any) -> None:
    """*by* is shown the contacts *ids* on a page of those whom the rule *value* chose.

    Noted like every view of sensitive values: one line for each contact, and for each
    organisation, that holds what the rule asks for. Nothing is asked of the database
    where the rule reads nothing sensitive.
    """
    leaves = [leaf for leaf in rules.walk(value) if leaf.told("reads_sensitive", True)]
    ids = list(ids)
    if not leaves or not ids:
        return
    people, firms = _asked(leaves)
    if people != set():
        access.seen(ids, by=by, screen=SCREEN, keys=people)
    if firms:
        places = Affiliation.objects.current().filter(contact_id__in=ids)
        pks = places.values_list("organisation_id", flat=True).distinct()
        access.seen_organisations(pks, by=by, screen=SCREEN, keys=firms)


def _asked(leaves: list[rules.Leaf]) -> tuple[set[str] | None, set[str]]:
    """The attributes of people and of firms that are asked for; None for any at all.

    A segment inside the rule, and one picked by hand, may rest on any.
    """
    people: set[str] = set()
    firms: set[str] = set()
    anything = False
    for leaf in leaves:
        nouns = set(getattr(leaf.condition, "nouns", ()))
        if not nouns:
            anything = True
        else:
            (firms if nouns & FIRMS else people).add(leaf.value["attribute"])
    return (None if anything else people), firms
