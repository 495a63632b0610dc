"""What a form field may be saved as: asked of the registry whenever it is needed."""

from collections.abc import Iterable
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm_plugin.contacts import fields

MESSAGE = "message"
AUTOCOMPLETE = {
    "contact.family_name": "family-name",
    "contact.given_name": "given-name",
    "contact.name": "name",
    "contact.birth_on": "bday",
    "point.email": "email",
    "point.phone": "tel",
    "point.postal": "street-address",
    "organisation.name": "organization",
    "affiliation.title": "organization-title",
}


# Types of input that the registry's types ask for; anything else is one line of text.
INPUTS = {
    "long_text": "multiline",
    "number": "number",
    "yes_no": "checkbox",
    "date": "date",
    "choice": "choice",
    "multi_choice": "choices",
    "email": "email",
    "phone": "phone",
}
# Fields of the registry that are asked in parts.
COMPOSED = {"point.postal": "postal", "contact.birth_on": "birth"}
KANA = {"contact.kana", "contact.family_kana", "contact.given_kana"}
DESCRIBING = "organisation_attribute."
PLANS = "plan."
OF_ORGANISATIONS = ("organisation.", "affiliation.", DESCRIBING)
# Only staff write these; a visitor's words belong to the message.
NOT_FOR_VISITORS = {"contact.note"}


def choices(user: Any, *, current: str = "") -> list[tuple[str, Any]]:
    """Choices for a select: nothing, the message, then every field *user* may map.

    A *current* mapping that *user* may not see stays selectable, without its name.
    """
    pairs: list[tuple[str, Any]] = [
        ("", _("Nothing: stands in the history only")),
        (MESSAGE, _("Message")),
    ]
    known = [f for f in fields.mappable(user) if _for_visitors(f.name)]
    pairs += [(field.name, capfirst(str(field.label))) for field in known]
    if current and current not in dict(pairs):
        pairs.append((current, _("(kept as it is)")))
    return pairs


def _for_visitors(name: str) -> bool:
    """Nobody describes an organisation or gives themselves a plan by a form."""
    return name not in NOT_FOR_VISITORS and not name.startswith((DESCRIBING, PLANS))


def fields_for(names: Iterable[str]) -> dict[str, fields.Field]:
    """The registry's fields called *names*; message, none and retired are left out."""
    return fields.named(name for name in names if name and name != MESSAGE)


def not_asked(names: Iterable[str], known: dict[str, fields.Field]) -> set[str]:
    """Those of *names* that no form shows now, although its editor mapped them.

    Attributes that are switched off, and organisations where there are none: a site
    for consumers only does not know such fields.
    """
    off = {n for n, f in known.items() if f.definition and not f.definition.active}
    hidden = {n for n in names if n.startswith(OF_ORGANISATIONS) and n not in known}
    return off | hidden


def input_for(name: str, target: fields.Field | None) -> str:
    """Which type of input the mapping *name* asks for."""
    if name == MESSAGE:
        return "multiline"
    if name in KANA:
        return "kana"
    if name in COMPOSED:
        return COMPOSED[name]
    return INPUTS.get(str(target.type), "singleline") if target else "singleline"
