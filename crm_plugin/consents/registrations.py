"""What this room tells the registries."""

from crm_plugin.contacts import links

from . import merging, nouns, seal, triggers  # noqa: F401
from .models import Consent, ConsentSubject, Preference

links.join_points(Consent, "point", merging.join_consents)
links.register(
    ConsentSubject,
    "contact",
    export=False,
    join=merging.alias_subjects,
    joined=merging.settle_merged,
    part=merging.part_consents,
)
links.register(Preference, "contact", merge="one", join=merging.join_preferences)
