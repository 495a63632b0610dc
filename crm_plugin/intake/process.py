"""Turn a stored submission into contact, history, inquiry and mail."""

from .models import Submission


def capture(submission: Submission) -> Submission:
    """See below: filled in next."""
    return submission
