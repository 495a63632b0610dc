"""What this room tells the registries: the work of a launch, the chore of tests,
and what rules ask about one launch."""

from . import attribute_usage, launch, mailing_conditions, trial, waiting

__all__ = ["attribute_usage", "launch", "mailing_conditions", "trial", "waiting"]
