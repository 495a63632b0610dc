"""The preview panel of the segment editor: what the rule would do, as a page."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from wagtail.snippets.views import snippets as views
from wagtail.utils.decorators import xframe_options_sameorigin_override

from crm_plugin.segments import graph, shown, turns
from crm_plugin.segments.counting import Figure
from crm_plugin.segments.impact import Impact, Overtaken, preview
from crm_plugin.segments.models import Segment

from .segments_touched import touched


def render_impact(
    request: HttpRequest, segment: Segment, turn: turns.Turn
) -> HttpResponse:
    """Count, sample and movements of the rule that *segment* holds in memory.

    While others are counted, and when the editor has changed the rule since, the page
    shows the last figure that she was told, says so, and asks again by itself.
    """
    about = str(segment.pk or "")
    context: dict[str, Any] = {"segment": segment}
    impact = _impact(request, segment, turn) if turn.granted else None
    if impact is None:
        last = turns.last_answer(request.user, about)
        context["waits"] = True
        context["last"] = Figure(**last) if last else None
    else:
        context["impact"] = impact
        if not (impact.hidden or impact.problems or impact.of_visits):
            turns.answer(turn, about, asdict(impact.figure))
            context["touched"] = list(touched(segment, request.user))
    return TemplateResponse(request, "crm_plugin/segments/preview.html", context)


def _impact(request: HttpRequest, segment: Segment, turn: turns.Turn) -> Impact | None:
    """What the rule would do; None when it has been changed since."""
    if way := graph.circle(segment, segment.rule):
        return Impact("", [graph.in_words(way)])
    try:
        impact = preview(
            segment.tree,
            user=request.user,
            segment=segment,
            overtaken=lambda: turn.overtaken,
        )
    except Overtaken:
        return None
    shown.chosen_by(segment.tree, [one.pk for one in impact.named], by=request.user)
    return impact


class _ImpactOfForm:
    """Shows the impact of what stands in the editor instead of a rendered page."""

    @method_decorator(xframe_options_sameorigin_override)
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with turns.turn(request.user, again="again" in request.GET) as turn:
            # Read within the turn: whoever has the newest turn has the newest form.
            form = self.get_form(self._get_form_data(self._get_form_state()))
            if not self.validate_form(form):
                return self.error_response()
            return render_impact(request, form.save(commit=False), turn)


class PreviewOnCreate(_ImpactOfForm, views.PreviewOnCreateView):
    pass


class PreviewOnEdit(_ImpactOfForm, views.PreviewOnEditView):
    pass


class PreviewRevision(views.PreviewRevisionView):
    @method_decorator(xframe_options_sameorigin_override)
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with turns.turn(request.user, again="again" in request.GET) as turn:
            return render_impact(request, self.revision_object, turn)
