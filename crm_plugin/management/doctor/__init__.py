"""``crm_doctor``: is this installation fit to keep promises? One part per file.

A part is a function that yields findings. Whoever yields a warning or an error says
what to do about it.
"""

from collections.abc import Callable, Iterator

from .database import about_database, pending_migrations
from .findings import Finding, error
from .ledger import about_ledger
from .mail import about_mail
from .permissions import about_permissions
from .site_settings import about_settings
from .worker import about_queue

PARTS: dict[str, Callable[[], Iterator[Finding]]] = {
    "settings": about_settings,
    "database": about_database,
    "queue": about_queue,
    "mail": about_mail,
    "ledger": about_ledger,
    "permissions": about_permissions,
}


def examine() -> Iterator[tuple[str, Finding]]:
    """Every part with its findings; before ``migrate`` only that it is owed."""
    if pending := pending_migrations():
        what = f"{pending} migrations are not applied"
        yield "database", error(what, "Run `manage.py migrate`.")
        return
    for part, look in PARTS.items():
        for finding in look():
            yield part, finding
