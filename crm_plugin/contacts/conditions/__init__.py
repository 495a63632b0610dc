"""What rules can ask about people, their attributes and organisations."""

from . import (  # noqa: F401
    age,
    attributes,
    beginnings,
    organisations,
    people,
    reach,
)
