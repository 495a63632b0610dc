"""What rules can ask about people, their attributes and organisations."""

from . import attributes, people, reach  # noqa: F401
