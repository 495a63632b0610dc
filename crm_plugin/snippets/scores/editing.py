"""Adding, editing and deleting a score; everybody's points follow by a worker."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from crm_plugin.scoring import ready_made
from crm_plugin.scoring.models import Score
from crm_plugin.scoring.places import places
from crm_plugin.scoring.refresh import start
from crm_plugin.ui.journalled import (
    ChangesView,
    JournalCreateView,
    JournalDeleteView,
    JournalEditView,
    Rows,
)

from .places import named

KEPT = ("name", "name_ja", "description", "active")


class LinesInWords:
    """The journal keeps the lines as sentences: they are read, never brought back."""

    def stored(self, pk: int | None) -> Rows:
        score = Score.objects.filter(pk=pk).first()
        if score is None:
            return {}
        told = {name: getattr(score, name) for name in KEPT}
        told["lines"] = "; ".join(line.sentence for line in score.read_lines)
        return {("score", score.pk): told}


class AddView(LinesInWords, JournalCreateView):
    """``?ready=interest``: filled in; ``?ready=topic``: the topic is to be named."""

    def get_initial_form_instance(self) -> Score | None:
        asked = self.request.GET.get("ready", "")
        if asked == "topic":
            lines: Any = ready_made.topic()
            return Score(name=_("Interest in …"), lines=lines)
        if asked in ready_made.READY_MADE:
            key = "" if Score.objects.filter(key=asked).exists() else asked
            return Score(key=key, **ready_made.READY_MADE[asked])
        return super().get_initial_form_instance()

    def get_add_url(self) -> str:
        """What came filled in is saved under its own key, also by another name."""
        url: str = super().get_add_url()
        asked = self.request.GET.get("ready", "")
        return f"{url}?ready={asked}" if asked in ready_made.READY_MADE else url

    def save_instance(self) -> Any:
        score = super().save_instance()
        start(score, by=self.request.user)
        return score


class EditView(LinesInWords, JournalEditView):
    def save_instance(self) -> Any:
        score = super().save_instance()
        start(score, by=self.request.user)
        return score


class DeleteView(LinesInWords, JournalDeleteView):
    """What asks for the score is shown instead, before and after the question."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.in_use() or super().get(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        return self.in_use() or super().form_valid(form)

    def in_use(self) -> HttpResponse | None:
        told = named(places(self.object), self.request.user)
        if not told:
            return None
        context = {"score": self.object, "places": told}
        return render(self.request, "crm_plugin/scoring/in_use.html", context)


class HistoryView(LinesInWords, ChangesView):
    pass
