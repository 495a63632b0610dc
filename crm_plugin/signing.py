"""Signed tokens, one salt per purpose and version, and keyed hashes of addresses.

A token holds an opaque public id, never an address: URLs land in proxy logs.
``CRM_LINK_KEY`` keeps links and opt-outs alive when ``SECRET_KEY`` is rotated.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from .conf import setting


class BadToken(Exception):
    """The token was altered, belongs to another purpose, or is no token at all."""

    message = _("This link is not valid. Please use the link in your newest message.")


class ExpiredToken(BadToken):
    """The token was good once."""

    message = _("This link has expired. Please ask for a new one.")


def _keys() -> list[str | bytes]:
    """The key of now, then those under which links were made before."""
    own = setting("CRM_LINK_KEY")
    previous = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [own, *previous] if own else previous


def _signer(purpose: str) -> signing.TimestampSigner:
    key, *previous = _keys()
    return signing.TimestampSigner(
        key=key,
        fallback_keys=previous,
        salt=f"crm.{purpose}.v1",
        sep=".",
    )


def make(purpose: str, ident: Any, **extra: Any) -> str:
    """A URL-safe token for *ident* (a public id) that only *purpose* can read."""
    return _signer(purpose).sign_object({"id": str(ident), **extra})


def read(
    purpose: str, token: str, *, max_age: timedelta | float | None = None
) -> dict[str, Any]:
    """The ``{"id": …, **extra}`` that *token* was made from.

    ``max_age`` in seconds or as a timedelta. Raises ``ExpiredToken`` when older, else
    ``BadToken`` for anything that ``make`` did not return for this purpose.
    """
    try:
        payload = _signer(purpose).unsign_object(token, max_age=max_age)
    except signing.SignatureExpired as error:
        raise ExpiredToken from error
    except (signing.BadSignature, ValueError) as error:
        raise BadToken from error
    if not isinstance(payload, dict) or "id" not in payload:
        raise BadToken
    return payload


def keyed_hash(text: str) -> str:
    """HMAC-SHA256 of *text* in hexadecimal, under the installation's own key."""
    return _hash(text, _keys()[0])


def _hash(text: str, key: str | bytes) -> str:
    return salted_hmac("crm.hash.v1", text, secret=key, algorithm="sha256").hexdigest()


def address_hash(channel: str, address_norm: str) -> str:
    """How ledger and suppressions know an address without storing it."""
    return keyed_hash(f"{channel}:{address_norm}")


def address_hashes(channel: str, address_norm: str) -> list[str]:
    """``address_hash`` under the key of now, then under those of before.

    Whoever looks something up by hash asks for all of them: an opt-out that was noted
    under an older key is still one.
    """
    text = f"{channel}:{address_norm}"
    return list(dict.fromkeys(_hash(text, key) for key in _keys()))


def by_address_hash(channel: str, address_norms: Iterable[str]) -> dict[str, str]:
    """{hash: address}, with every hash under which an address may be known."""
    return {
        digest: norm
        for norm in address_norms
        for digest in address_hashes(channel, norm)
    }


def is_of_address(said: str, channel: str, address_norm: str) -> bool:
    """Whether *said*, or its beginning, is the hash of this address, then or now.

    A link that was sent under a key of before is as good as its signature.
    """
    text = f"{channel}:{address_norm}"
    hashes = [_hash(text, key)[: len(said)] for key in _keys()]
    return bool(said) and any(constant_time_compare(one, said) for one in hashes)
