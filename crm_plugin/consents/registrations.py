"""What this room tells the registries."""

from django.db.models import Q

from crm_plugin.contacts import data_map, links

from . import data_things, merging, nouns, seal, triggers  # noqa: F401
from .models import Consent, ConsentSubject, Preference

links.join_points(Consent, "point", merging.join_consents)
links.register(
    ConsentSubject,
    "contact",
    export=False,
    join=merging.alias_subjects,
    joined=merging.settle_merged,
    part=merging.part_consents,
    idle=links.EVERY_ROW,
)
links.register(
    Preference,
    "contact",
    merge="one",
    join=merging.join_preferences,
    idle=Q(set_by=Preference.BY_CONTACT),
)
data_map.register("consents", data_things.ROOM)
