"""What this room tells the registries: its work can be done by any worker."""

from . import (  # noqa: F401
    applying,
    attribute_usage,
    checking,
    purging,
    reading,
    undoing,
)
