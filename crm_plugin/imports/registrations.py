"""What this room tells the registries: its work can be done by any worker."""

from . import applying, checking, purging, reading, undoing  # noqa: F401
