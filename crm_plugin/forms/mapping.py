"""What a form field may be saved as: asked of the registry whenever it is needed."""

from typing import Any

from django.utils.translation import gettext as _

try:
    from crm_plugin.contacts import fields
except ImportError:
    fields = None  # lands soon

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


def choices(user: Any, *, current: str = "") -> list[tuple[str, str]]:
    """Pairs for a select: nothing, the message, then every field *user* may map.

    A *current* mapping that *user* may not see stays selectable, without its name.
    """
    pairs = [("", _("Nothing: stands in the history only")), (MESSAGE, _("Message"))]
    if fields:
        pairs += [(f.name, str(f.label)) for f in fields.mappable(user)]
    if current and current not in dict(pairs):
        pairs.append((current, _("(kept as it is)")))
    return pairs


def field_for(name: str) -> Any:
    """The registry's field called *name*, or None: none chosen, message, or retired."""
    if not name or name == MESSAGE or not fields:
        return None
    try:
        return fields.field(name)
    except LookupError:
        return None
