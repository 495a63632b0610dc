"""The preview panel of the segment editor: what the rule would do, as a page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from wagtail.snippets.views import snippets as views
from wagtail.utils.decorators import xframe_options_sameorigin_override

from crm_plugin.segments import graph
from crm_plugin.segments.impact import Impact, preview
from crm_plugin.segments.models import Segment


def render_impact(request: HttpRequest, segment: Segment) -> HttpResponse:
    """Count, sample and movements of the rule that *segment* holds in memory."""
    impact = preview(segment.tree, user=request.user, segment=segment)
    way = graph.circle(segment, segment.rule)
    if way:
        text = _("The segment would rest on itself, by way of: %(way)s")
        impact = Impact(impact.sentence, [text % {"way": " → ".join(way)}])
    return TemplateResponse(
        request,
        "crm_plugin/segments/preview.html",
        {"segment": segment, "impact": impact},
    )


class _ImpactOfForm:
    """Shows the impact of what stands in the editor instead of a rendered page."""

    @method_decorator(xframe_options_sameorigin_override)
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form(self._get_form_data(self._get_form_state()))
        if not self.validate_form(form):
            return self.error_response()
        return render_impact(request, form.save(commit=False))


class PreviewOnCreate(_ImpactOfForm, views.PreviewOnCreateView):
    pass


class PreviewOnEdit(_ImpactOfForm, views.PreviewOnEditView):
    pass


class PreviewRevision(views.PreviewRevisionView):
    @method_decorator(xframe_options_sameorigin_override)
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return render_impact(request, self.revision_object)
