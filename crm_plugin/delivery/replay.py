"""A delivery shown again from its rendering and values; nothing else is looked up."""

import re
from dataclasses import dataclass

from . import links, mime
from .models import Delivery
from .origin import origin_of

# The signed part of an address of ours, wherever the site put them: all our tokens
# are an object in base64, its time and its signature.
TOKEN = re.compile(r"(?<=/)eyJ[\w-]+\.\w+\.[\w-]+(/\d+)?")


@dataclass(frozen=True)
class Shown:
    subject: str
    html: str
    text: str


def shown(delivery: Delivery) -> Shown:
    """What the recipient got. The rendering must be there."""
    rendering = delivery.rendering
    if rendering is None:
        return Shown("", "", "")
    skeleton = mime.Skeleton(rendering, origin_of(delivery.sender, rendering.language))
    base = links.base_url(delivery.sender)
    tokens = links.for_delivery(delivery, base, skeleton.names)
    values = {**delivery.values, **tokens}
    return Shown(
        subject=skeleton.headline(values),
        html=skeleton.markup(values) if skeleton.html else "",
        text=skeleton.plain(values),
    )
