"""What rules can ask about people, their attributes and organisations."""

from . import (  # noqa: F401
    age,
    anniversaries,
    attributes,
    beginnings,
    introductions,
    names,
    organisations,
    people,
    reach,
    shares,
)
