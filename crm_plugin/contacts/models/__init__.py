from .attributes import (
    AttributeChoice,
    AttributeDefinition,
    ContactValue,
    DepartmentValue,
    OrganisationValue,
)
from .feed import ContactChange
from .people import (
    Affiliation,
    Contact,
    Department,
    FirstTouch,
    HeardFrom,
    OfContactQuerySet,
    Organisation,
)
from .points import ContactAlias, ContactPoint, PointAlias
from .search_keys import ContactSearchKey, ContactSearchStart

__all__ = [
    "Affiliation",
    "AttributeChoice",
    "AttributeDefinition",
    "Contact",
    "ContactAlias",
    "ContactChange",
    "ContactPoint",
    "ContactSearchKey",
    "ContactSearchStart",
    "ContactValue",
    "Department",
    "DepartmentValue",
    "FirstTouch",
    "HeardFrom",
    "OfContactQuerySet",
    "Organisation",
    "OrganisationValue",
    "PointAlias",
]
