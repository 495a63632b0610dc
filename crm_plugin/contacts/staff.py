"""Members of staff, as their colleagues call them."""

from typing import Any

from crm_plugin import normalise


def called(user: Any) -> str:
    """The whole name, family first where it is Japanese; the login where none is known.

    A user model with names of its own says them by ``get_full_name``. Nobody is "".
    """
    if not user:
        return ""
    if hasattr(user, "last_name") and hasattr(user, "first_name"):
        name = normalise.whole_name(user.last_name, user.first_name)
    else:
        name = getattr(user, "get_full_name", str)()
    return name or str(user.get_username())
