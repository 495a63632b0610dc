"""What this room tells the registries."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.db.models.signals import pre_delete

from . import (
    bulk,  # noqa: F401
    bulk_undo,  # noqa: F401
    changes,
    data_map,
    data_things,
    fields,
    links,
    retyping,  # noqa: F401
    search_index,  # noqa: F401
    tags,  # noqa: F401
)
from .duplicates import search  # noqa: F401
from .duplicates.merging import join_pairs, part_pairs
from .merge import points, purging, rows, undo  # noqa: F401
from .models import (
    Affiliation,
    Contact,
    ContactAlias,
    ContactPoint,
    ContactSearchKey,
    ContactSearchStart,
    ContactValue,
    DuplicateKey,
    FirstTouch,
    SensitiveView,
    SuspectedPair,
)
from .nouns import NOUNS

links.register(Contact, "introduced_by", erase="unlink", export=False)
links.register(
    FirstTouch,
    "contact",
    merge="one",
    join=rows.join_first_touch,
    idle=links.EVERY_ROW,
)
links.register(
    Affiliation, "contact", join=rows.join_affiliations, idle=links.EVERY_ROW
)
links.register(
    ContactPoint, "contact", join=points.join_points, idle=Q(verified_at=None)
)
links.register(SensitiveView, "contact", idle=links.EVERY_ROW)
links.register(ContactAlias, "contact", export=False)
links.register(ContactValue, "owner", join=rows.join_values, idle=links.EVERY_ROW)
links.register(ContactSearchKey, "contact", merge="recompute", export=False)
links.register(ContactSearchStart, "contact", merge="recompute", export=False)
links.register(
    SuspectedPair,
    "lower",
    join=join_pairs,
    part=part_pairs,
    export=False,
    idle=links.EVERY_ROW,
)
links.register(SuspectedPair, "higher", export=False, idle=links.EVERY_ROW)
links.register(DuplicateKey, "contact", merge="recompute", export=False)

data_map.register("contacts", data_things.ROOM)


def tell_whose_owner_goes(instance: Any, **_signal: Any) -> None:
    """Their contacts lose the owner in one statement, which tells nobody."""
    owned = Contact.objects.filter(owner=instance)
    changes.note(owned.values_list("pk", flat=True), "fields")


pre_delete.connect(tell_whose_owner_goes, sender=get_user_model())

for prefix, noun in NOUNS.items():
    fields.register(prefix, noun)
