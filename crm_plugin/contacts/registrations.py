"""What this room tells the registries."""

from . import (
    fields,
    links,
    search_index,  # noqa: F401
    tags,  # noqa: F401
)
from .models import (
    Affiliation,
    Contact,
    ContactAlias,
    ContactPoint,
    ContactSearchKey,
    ContactSearchStart,
    ContactValue,
    FirstTouch,
)
from .nouns import NOUNS

links.register(Contact, "introduced_by", erase="unlink", export=False)
links.register(FirstTouch, "contact", merge="one")
links.register(Affiliation, "contact")
links.register(ContactPoint, "contact")
links.register(ContactAlias, "contact", export=False)
links.register(ContactValue, "owner", merge="one")
links.register(ContactSearchKey, "contact", merge="recompute", export=False)
links.register(ContactSearchStart, "contact", merge="recompute", export=False)

for prefix, noun in NOUNS.items():
    fields.register(prefix, noun)
