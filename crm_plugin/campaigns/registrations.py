"""What this room tells the registries: the work of a launch, the chore of tests."""

from . import launch, trial

__all__ = ["launch", "trial"]
