"""From the token in a link to the delivery that it was made for."""

import uuid

from crm_plugin import signing
from crm_plugin.delivery.models import Delivery


def delivery_of(purpose: str, token: str) -> Delivery | None:
    """The delivery named by *token*; None when it is erased.

    Raises ``signing.BadToken`` for a token that was not made for *purpose*.
    """
    payload = signing.read(purpose, token)
    try:
        ident = uuid.UUID(payload["id"])
    except ValueError:
        raise signing.BadToken from None
    return (
        Delivery.objects.select_related("topic", "sender__site", "contact", "rendering")
        .filter(public_id=ident)
        .first()
    )
