"""Ways to reach somebody: e-mail addresses, phone numbers, postcodes."""

import re

import phonenumbers

from crm_plugin.conf import setting

from .words import text

# Looser than the standard on purpose: Japanese carriers gave out addresses with two
# dots in a row or a dot before the @, and their owners still use them.
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,64}")
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9\-]{2,59})"
)
_IN_BRACKETS = re.compile(r"<([^<>]*)>\s*$")
_DASHES = re.compile("[‐‑‒–—―−ー~〜]")
_EXTENSION = re.compile(r"(?:内線|extension|ext\.?|#)\s*[:：]?\s*\d+.*$", re.I)


def email(value: object) -> str:
    """The address in one spelling, or "" where *value* is none.

    Accepts full width, upper case, ``Name <address>``, spaces around the @, an
    international domain (as punycode) and the dots of old carrier addresses.
    """
    plain = text(value).lower().replace("。", ".")
    bracketed = _IN_BRACKETS.search(plain)
    plain = (bracketed[1] if bracketed else plain).removeprefix("mailto:")
    local, at, domain = (part.strip() for part in plain.rpartition("@"))
    if len(local) > 2 and local[0] == local[-1] == '"':
        local = local[1:-1]
    domain = _ascii_domain(domain)
    if not at or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return ""
    address = f"{local}@{domain}"
    return address if len(address) <= 254 else ""


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def phone(value: object, region: str | None = None) -> str:
    """E.164 where the number is valid in *region* (else abroad), else its digits.

    An extension is left out: it belongs to the number, not to who is called. A zero
    that a spreadsheet swallowed is no harm: ``9012345678`` is ``+819012345678``.
    """
    plain = _EXTENSION.sub("", _DASHES.sub("-", text(value)))
    try:
        number = phonenumbers.parse(plain, region or setting("CRM_PHONE_REGION"))
    except phonenumbers.NumberParseException:
        return _digits(plain)
    if not phonenumbers.is_valid_number(number):
        return _digits(plain)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(number: str) -> str:
    """The digits that are dialled at home for an E.164 *number*, else its digits."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return _digits(number)
    style = phonenumbers.PhoneNumberFormat.NATIONAL
    return _digits(phonenumbers.format_number(parsed, style))


def _digits(value: str) -> str:
    return "".join(character for character in value if character.isdecimal())


def postcode(value: object) -> str:
    """A Japanese postcode as ``070-0030``; any other one as it was typed."""
    plain = _DASHES.sub("-", text(value)).removeprefix("〒").strip()
    digits = _digits(plain)
    if len(digits) == 7 and not plain.strip("0123456789- "):
        return f"{digits[:3]}-{digits[3:]}"
    return plain
