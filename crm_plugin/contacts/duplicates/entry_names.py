"""Who on record is called like the person that is being typed in, in any spelling."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts import search
from crm_plugin.contacts.models import Contact

from .counts import fold, sound
from .pairs import FOR

NAME = ("contact.family_name", "contact.given_name")
KANA = ("contact.family_kana", "contact.given_kana")
COLUMNS = ("family_name", "given_name", "family_kana", "given_kana")
EXACT = 20
SAME_KANA = _("same name in kana")
Halves = tuple[set[str], set[str]]


def called_alike(values: dict[str, Any], *, user: Any) -> list[tuple[int, str]]:
    """Ids of visible contacts who bear both names of *values*, each with the reason.

    Kana, kanji in old and new forms, Latin letters, width and case do not count, nor
    which name was typed into which box. Candidates come from the index of the search,
    at most fifty for each way in which the name was typed, so that a common name costs
    what a rare one costs.
    """
    typed = _halves(*(str(values.get(name) or "") for name in (*NAME, *KANA)))
    if not all(typed):
        return []
    visible = Contact.objects.visible_to(user).current()
    ids: set[int] = set()
    for family, given in _typed(values):
        found, _more = search.first(visible, f"{family} {given}")
        ids.update(found)
    exact = visible.filter(_exactly(values)).order_by("id")
    ids.update(exact.values_list("pk", flat=True)[:EXACT])
    rows = visible.filter(pk__in=ids).order_by("pk").values_list("pk", *COLUMNS)
    told = [(pk, _reason(typed, _halves(*names), names, values)) for pk, *names in rows]
    return [(pk, reason) for pk, reason in told if reason]


def _typed(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each way in which the whole name was typed: as written, and in kana."""
    for names in (NAME, KANA):
        family, given = (str(values.get(name) or "") for name in names)
        if family and given:
            yield family, given


def _exactly(values: dict[str, Any]) -> Q:
    """The very same kana, which has an index of its own; written names have none."""
    said = {name.partition(".")[2]: values.get(name) for name in KANA}
    return Q(**said) if all(said.values()) else Q(pk__in=[])


def _halves(family: str, given: str, family_kana: str, given_kana: str) -> Halves:
    return _forms(family, family_kana), _forms(given, given_kana)


def _forms(*written: str) -> set[str]:
    """A name as it is written and as it sounds, folded: equal in any script.

    A sound stands in capitals, so that no word is taken for one.
    """
    words = {fold(each) for each in written if each}
    heard = {sound(word).upper() for word in words}
    return (words | heard) - {""}


def _reason(
    typed: Halves, stored: Halves, names: list[str], values: dict[str, Any]
) -> str:
    """Why these are the same name; "" where they are not."""
    (family, given), (their_family, their_given) = typed, stored
    if family & their_family and given & their_given:
        return _same(names, values)
    if family & their_given and given & their_family:
        return str(FOR["swapped_name"])
    return ""


def _same(names: list[str], values: dict[str, Any]) -> str:
    said = dict(zip(COLUMNS, names, strict=True))
    for keys, reason in ((NAME, FOR["same_name"]), (KANA, SAME_KANA)):
        pairs = [(values.get(key), said[key.partition(".")[2]]) for key in keys]
        if all(a and b and fold(a) == fold(b) for a, b in pairs):
            return str(reason)
    return str(FOR["same_sound"])
