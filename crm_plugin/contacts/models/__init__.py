from .access import SensitiveView, SensitiveViewQuerySet
from .attributes import (
    AttributeChoice,
    AttributeDefinition,
    ContactValue,
    DepartmentValue,
    OrganisationValue,
)
from .bulk import BulkEdit
from .data_fill import DataFill
from .duplicates import DuplicateKey, NameCount, SuspectedPair, Unsearched
from .feed import ContactChange
from .organisations import Affiliation, Department, Organisation
from .people import (
    Contact,
    FirstTouch,
    HeardFrom,
    OfContactQuerySet,
)
from .points import ContactAlias, ContactPoint, PointAlias
from .search_keys import ContactSearchKey, ContactSearchStart

__all__ = [
    "Affiliation",
    "AttributeChoice",
    "AttributeDefinition",
    "BulkEdit",
    "Contact",
    "ContactAlias",
    "ContactChange",
    "ContactPoint",
    "ContactSearchKey",
    "ContactSearchStart",
    "ContactValue",
    "DataFill",
    "Department",
    "DepartmentValue",
    "DuplicateKey",
    "FirstTouch",
    "HeardFrom",
    "NameCount",
    "OfContactQuerySet",
    "Organisation",
    "OrganisationValue",
    "PointAlias",
    "SensitiveView",
    "SensitiveViewQuerySet",
    "SuspectedPair",
    "Unsearched",
]
