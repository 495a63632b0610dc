"""What a host site mixes into page types that members' pages may be, or stand below.

    class StandardPage(MembersPageMixin, Page): …

Which page is for whom is said in the admin, by the page's button *Only for members of*;
the mixin adds no field and no query to a page that is for everybody. A page below a
members' page whose type lacks it is closed to all.
"""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from crm_plugin.conf import CrmSettings

from . import members, visitor
from .models import SegmentRestriction


class MembersPageMixin:
    """Put before ``Page``: lets verified members in and shows others the door."""

    def get_view_restrictions(self) -> QuerySet:
        rows = super().get_view_restrictions()  # type: ignore[misc]
        own = SegmentRestriction.objects.filter(pk__in=rows.values("pk"))
        return own.select_related("crm_members")

    def serve_password_required_response(
        self, request: HttpRequest, form: Any, action_url: str
    ) -> HttpResponse:
        if getattr(request, "crm_refused", False):
            return door(request, self.pk)  # type: ignore[attr-defined]
        ask_for_password = super().serve_password_required_response  # type: ignore[misc]
        return ask_for_password(request, form, action_url)

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().serve(request, *args, **kwargs)  # type: ignore[misc]
        contact_id = getattr(request, "crm_entered", None)
        if contact_id is not None:
            response["Cache-Control"] = "private, no-store"
            if response.status_code == 200:
                url = request.build_absolute_uri(request.path)
                members.note_view(self, contact_id, url)  # type: ignore[arg-type]
        return response


def door(
    request: HttpRequest,
    page_id: int,
    *,
    problem: str = "",
    typed: str = "",
    sent: bool = False,
) -> HttpResponse:
    """What everybody else sees: nothing of the page, and how to get a link.

    The same for a stranger, a recognised browser and a verified one that is no member,
    except that the last is told so.
    """
    known = visitor.of(request)
    context = {
        "page_id": page_id,
        "problem": problem,
        "typed": typed,
        "sent": sent,
        "no_member": known.still_hers,
        "language": get_language() or "",
        "business": CrmSettings.load(),
    }
    status = 200 if sent else 422 if problem else 403
    response = render(
        request, "crm_plugin/public/members_door.html", context, status=status
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
