"""What this room tells the registries: the work of a launch, the chore of tests."""

from . import attribute_usage, launch, trial

__all__ = ["attribute_usage", "launch", "trial"]
