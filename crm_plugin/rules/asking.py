"""Asking a condition: whatever it raises, the rule that holds it is broken, no more."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from crm_plugin import once
from crm_plugin.queue import trace_of

from .patience import TookTooLong
from .registry import BrokenRule, Condition, Values

logger = logging.getLogger(__name__)


@contextmanager
def evaluating(
    name: Any = "", *, passing: type[Exception] = BrokenRule
) -> Iterator[None]:
    """What is raised inside becomes a ``BrokenRule``; the log tells where it arose.

    *name* is the label of the condition that is asked. *passing* is no fault of it.
    Settings are read once, however many conditions rest on them.
    """
    try:
        with once.reading():
            yield
    except passing:
        raise
    except Exception as error:
        if _is_no_fault(error):
            raise
        logger.error("A rule failed (%s): %s", name, trace_of(error))
        text = _("The rule cannot be evaluated.")
        if name:
            text = _("The condition “%(name)s” cannot be evaluated.") % {"name": name}
        raise BrokenRule([text]) from None


def _is_no_fault(error: Exception) -> bool:
    """A database that does not answer, or not in time, says nothing about the rule."""
    if isinstance(error, OperationalError):
        # SQLite calls a statement so that makes no sense to it.
        return getattr(error.__cause__, "sqlite_errorname", "") != "SQLITE_ERROR"
    return isinstance(error, BrokenRule | TookTooLong | InterfaceError)


def ask(condition: Condition, what: str, value: Values, *more: Any) -> Any:
    """What the method *what* of *condition* answers. Raises ``BrokenRule``."""
    with evaluating(condition.label):
        return getattr(condition, what)(value, *more)
