"""Putting one contact into a hand-picked segment, and taking it out again."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request

from crm_plugin.segments import picks
from crm_plugin.segments.models import Segment, SegmentPick

from .one import OneContactMixin


class PickView(OneContactMixin, View):
    """By POST; *do* is ``pick`` or ``unpick``."""

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.has_perm(picks.RIGHT):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        known = Segment.objects.visible_to(request.user).hand_picked()
        segment = get_object_or_404(known, key=request.POST.get("segment", ""))
        words = {"person": self.contact, "segment": segment}
        if request.POST.get("do") == "unpick":
            picks.unpick(segment, [self.contact.pk], by=request.user)
            text = _("%(person)s was taken out of “%(segment)s”.") % words
        else:
            picks.pick(segment, [self.contact.pk], by=request.user)
            text = _("%(person)s was put into “%(segment)s”.") % words
        messages.success(request, text)
        here = reverse("crm_contact:why", args=[self.contact.pk])
        return redirect(get_valid_next_url_from_request(request) or here)


def choices(contact: Any, user: Any) -> list[tuple[Segment, bool]]:
    """The segments that *user* may put *contact* into, and whether it is in by hand."""
    if not user.has_perm(picks.RIGHT):
        return []
    held = SegmentPick.objects.filter(contact=contact)
    inside = set(held.values_list("segment_id", flat=True))
    known = Segment.objects.visible_to(user).hand_picked()
    return [(segment, segment.pk in inside) for segment in known]
