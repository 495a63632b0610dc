"""Why somebody is in a segment or not: chosen by name, told line by line."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from crm_plugin import rules
from crm_plugin.contacts import access
from crm_plugin.contacts.models import Contact
from crm_plugin.segments import membership
from crm_plugin.segments.models import SegmentMembership

from . import finder
from .segments_past import OneSegment, place_of


class LookForm(forms.Form):
    look_for = finder.search_field(gettext_lazy("Name, card, phone or e-mail"))


class ExplainWhomView(OneSegment, WagtailAdminTemplateMixin, TemplateView):
    """Find anybody; what is typed is posted and never enters an address."""

    template_name = "crm_plugin/segments/explain_whom.html"
    page_title = gettext_lazy("Explain")
    header_icon = "help"
    index_url_name = ""

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        here = {"url": "", "label": _("Explain"), "sublabel": str(self.segment)}
        return [*self.breadcrumbs_items, *place_of(self.segment), here]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.get(request, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        text = self.request.POST.get("look_for", "")[:100].strip()
        return {
            **super().get_context_data(**kwargs),
            "segment": self.segment,
            "form": LookForm({"look_for": text} if text else None),
            "looked_for": text,
            "people": finder.people(text, user=self.request.user) if text else [],
        }


class ExplainView(OneSegment, WagtailAdminTemplateMixin, TemplateView):
    """Why one contact is in the segment or is not, line by line.

    What its rule says now and who is in it since the last refresh may be two things; of
    a draft there is only what the rule would say.
    """

    template_name = "crm_plugin/segments/explain.html"
    page_title = gettext_lazy("Explain")
    header_icon = "help"
    index_url_name = ""

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        here = {"url": "", "label": _("Explain"), "sublabel": str(self._contact)}
        return [*self.breadcrumbs_items, *place_of(self.segment), here]

    @cached_property
    def _contact(self) -> Contact:
        visible = Contact.objects.visible_to(self.request.user)
        return get_object_or_404(visible.known_as(self.kwargs["contact_id"]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        segment, contact = self.segment, self._contact
        try:
            explanation, problems = rules.explain(segment.tree, contact.pk), []
            if segment.reads_sensitive:
                screen = access.Screen.WHY
                access.seen([contact.pk], by=self.request.user, screen=screen)
        except rules.BrokenRule as error:
            explanation, problems = None, error.problems
        stays = SegmentMembership.objects.filter(segment=segment, contact=contact)
        return {
            **super().get_context_data(**kwargs),
            "segment": segment,
            "contact": contact,
            "inside": membership.holds(segment.pk, contact.pk),
            "explanation": explanation,
            "problems": problems,
            "stays": stays.order_by("-entered_at")[:20],
        }
