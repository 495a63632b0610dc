"""Merge tags about the person: names, how to address somebody politely, attributes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from crm_plugin import merge_tags, normalise

from . import fields, values
from .models import Contact

NOBODY = {"ja": "お客様", "en": "there"}


def _salutation(contact: Contact, language: str) -> str:
    """``佐藤様`` in Japanese, the given name elsewhere; empty without a name."""
    if language.startswith("ja"):
        name = contact.family_name or contact.given_name
        return f"{name}様" if name else ""
    return contact.given_name or contact.family_name


READ = {
    "contact.first_name": lambda contact, language: contact.given_name,
    "contact.given_name": lambda contact, language: contact.given_name,
    "contact.family_name": lambda contact, language: contact.family_name,
    "contact.last_name": lambda contact, language: contact.family_name,
    "contact.name": lambda contact, language: contact.name,
    "contact.kana": lambda contact, language: contact.kana,
    "salutation": _salutation,
}


def names(
    contact_ids: Sequence[int], wanted: Sequence[str], language: str
) -> Mapping[str, Mapping[int, str]]:
    """Every tag of this module from one query."""
    people = Contact.objects.only(
        "family_name", "given_name", "family_kana", "given_kana", "confirmed_at"
    ).in_bulk(contact_ids)
    return {
        name: {pk: _called(name, contact, language) for pk, contact in people.items()}
        for name in wanted
    }


def _called(name: str, contact: Contact, language: str) -> str:
    """The name; nothing where a stranger typed an address that mail would link to."""
    said = READ[name](contact, language)
    if contact.confirmed_at is None and normalise.LINKS.search(said):
        return ""
    return said


for _name, _label in {
    "salutation": _("polite form of address, such as 佐藤様"),
    "contact.first_name": _("given name"),
    "contact.given_name": _("given name"),
    "contact.family_name": _("family name"),
    "contact.last_name": _("family name"),
    "contact.name": _("name"),
    "contact.kana": pgettext_lazy("person", "name (kana)"),
}.items():
    merge_tags.register(_name, cast(str, _label), batch=names, fallback=NOBODY)


def attributes(
    contact_ids: Sequence[int], wanted: Sequence[str], language: str
) -> Mapping[str, Mapping[int, str]]:
    """The texts of attributes in the recipient's language; never a sensitive one."""
    found: dict[str, dict[int, str]] = {name: {} for name in wanted}
    with override(language or None):
        for pk, known in values.read(contact_ids).items():
            for definition, text in known:
                name = f"attribute.{definition.key}"
                if name in found:
                    found[name][pk] = text
    return found


def attribute_tags() -> Iterable[merge_tags.Tag]:
    """Every active attribute of contacts that is not sensitive."""
    for field in fields.attributes():
        yield merge_tags.Tag(field.name, str(field.label), batch=attributes)


merge_tags.register_source(attribute_tags, prefix="attribute.")
