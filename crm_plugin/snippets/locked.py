"""What somebody else has locked is neither deleted nor taken off line."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import LockableMixin

OURS = "crm_plugin"


def refuse_locked(request: HttpRequest, instances: Any) -> HttpResponse | None:
    """Hook: Wagtail asks for locks where something is edited, and nowhere else."""
    rows = instances if isinstance(instances, list) else [instances]
    shut = [row for row in rows if _locked(row, request.user)]
    if not shut:
        return None
    text = _("“%(name)s” is locked by somebody else, so nothing was changed.")
    messages.error(request, text % {"name": shut[0]})
    url = AdminURLFinder(request.user).get_edit_url(shut[0])
    return redirect(url or "wagtailadmin_home")


def _locked(row: Any, user: Any) -> bool:
    if row._meta.app_label != OURS or not isinstance(row, LockableMixin):
        return False
    lock = row.get_lock()
    return bool(lock) and bool(lock.for_user(user))
