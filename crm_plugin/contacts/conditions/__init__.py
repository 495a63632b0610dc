"""What rules can ask about people, their attributes and organisations."""

from . import age, attributes, organisations, people, reach  # noqa: F401
