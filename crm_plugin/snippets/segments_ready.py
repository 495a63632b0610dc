"""Ready-made segments: what each would hold, in a sentence, and one click to have it."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from wagtail.admin import messages

from crm_plugin import rules
from crm_plugin.segments import ready_made
from crm_plugin.segments.models import Segment

from .desk import DeskView


@dataclass(frozen=True)
class Offer:
    """One that could be made; ``segment`` is the one that was, if any."""

    key: str
    name: str
    about: str
    sentence: str
    segment: Segment | None = None


def offers(user: Any) -> list[Offer]:
    """What *user* may make, or has; one whose rule cannot work here is left out."""
    there = Segment.objects.filter(key__in=ready_made.READY_MADE).in_order()
    known = {segment.key: segment for segment in there}
    may_see = set(Segment.objects.visible_to(user).values_list("pk", flat=True))
    found = []
    with rules.remembering():
        for key in ready_made.READY_MADE:
            offer = _offer(key, known.get(key), may_see, user)
            if offer is not None:
                found.append(offer)
    return found


def _offer(
    key: str, segment: Segment | None, may_see: set[int], user: Any
) -> Offer | None:
    said = ready_made.definition(key)
    if rules.problems(said["rule"], user, visits=True):
        return None
    if segment is not None and segment.pk not in may_see:
        return None
    # As it is by now, where it was made: somebody may have written another rule.
    rule = segment.rule if segment is not None else said["rule"]
    japanese = (get_language() or "").startswith("ja")
    name = (japanese and said.get("name_ja")) or _(said["name"])
    return Offer(
        key,
        str(segment) if segment is not None else name,
        said.get("description", ""),
        rules.sentence(rule),
        segment,
    )


class ReadyView(DeskView):
    """What there is to choose from; by POST one of them is made, and never twice."""

    needs = ("add_segment",)
    template_name = "crm_plugin/segments/ready.html"
    page_title = gettext_lazy("Ready-made segments")
    header_icon = "group"

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_segment:list"), "label": _("Segments")}]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(
            offers=offers(request.user),
            may_publish=self.may_publish,
            may_look=request.user.has_perm("crm_plugin.view_segment"),
        )

    @property
    def may_publish(self) -> bool:
        return self.request.user.has_perm("crm_plugin.publish_segment")

    def post(self, request: HttpRequest) -> HttpResponse:
        key = request.POST.get("ready", "")
        if key not in {offer.key for offer in offers(request.user)}:
            raise Http404
        segment, created = ready_made.make(
            key, publish=self.may_publish, by=request.user
        )
        words = {"segment": segment}
        if not created:
            messages.info(request, _("You have “%(segment)s” already.") % words)
        elif segment.live:
            text = _("“%(segment)s” is yours now; its members are being looked up.")
            messages.success(request, text % words)
        else:
            text = _("“%(segment)s” is a draft now; somebody has to publish it.")
            messages.success(request, text % words)
        view = "inspect" if segment.live else "edit"
        return redirect(reverse(f"crm_segment:{view}", args=[segment.pk]))
