"""Who of the staff can be given something."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from crm_plugin.ui.staff import StaffField

BACKEND = "django.contrib.auth.backends.ModelBackend"


def colleagues(
    codename: str = "view_contact", *, active: bool | None = True, also: Any = None
) -> QuerySet:
    """Users with this right in the CRM; *active* None counts those who left, too.

    *also* (a user or an id) stays among them, whatever became of their rights.
    """
    users = get_user_model()._default_manager
    able = users.with_perm(f"crm_plugin.{codename}", is_active=active, backend=BACKEND)
    found = Q(pk__in=able.values("pk"))
    if also is not None:
        found |= Q(pk=getattr(also, "pk", also))
    return users.filter(found).order_by("first_name", "last_name", "pk")


class ColleagueField(StaffField):
    """A choice of colleagues; a form whose record has one says so with ``keep``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(colleagues(), required=False, **kwargs)

    def keep(self, user: Any) -> None:
        """Whoever is entered stays a choice: a form does not take away in silence."""
        if user is not None:
            self.queryset = colleagues(also=user)
