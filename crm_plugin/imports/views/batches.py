"""One sheet: how far it is, what it would do, what it did, and taking it back."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from crm_plugin.contacts import access
from crm_plugin.contacts.models import Contact
from crm_plugin.imports import applying, steps, undoing
from crm_plugin.imports.basis import Basis
from crm_plugin.imports.models import ImportBatch, ImportRow
from crm_plugin.imports.people import people_of
from crm_plugin.imports.resources import LeftOutResource
from crm_plugin.imports.showing import RowShower, open_columns, reach_lines
from crm_plugin.ui import picking
from crm_plugin.ui.exports import xlsx_response
from crm_plugin.ui.listing import KnownPaginator
from crm_plugin.ui.progress import Progress, payload

from .base import BatchView

State = ImportBatch.State
LEFT_OUT = [ImportRow.Outcome.BAD, ImportRow.Outcome.DOUBLE]
PER_PAGE = 50
LABELS = {
    State.READING: gettext_lazy("The file is being read."),
    State.CHECKING: gettext_lazy("The rows are being checked. Nothing is changed yet."),
    State.APPLYING: gettext_lazy("The rows are being written."),
    State.UNDOING: gettext_lazy("The import is being taken back."),
}


class OverviewView(BatchView):
    """The page of a sheet, whichever step it is at."""

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.batch.state == State.MAPPING:
            return HttpResponseRedirect(self.url("columns"))
        return super().get(request)

    @property
    def step(self) -> str:  # type: ignore[override]
        return {
            State.READING: "upload",
            State.FAILED: "upload",
            State.CHECKING: "check",
            State.CHECKED: "check",
        }.get(State(self.batch.state), "result")

    def get_template_names(self) -> list[str]:
        state = State(self.batch.state)
        if state in steps.KINDS:
            return ["crm_plugin/imports/working.html"]
        name = {State.CHECKED: "checked", State.FAILED: "failed"}.get(state, "result")
        return [f"crm_plugin/imports/{name}.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        state = State(self.batch.state)
        if state in steps.KINDS:
            work = steps.work_of(self.batch)
            panel = Progress(work, self.url("progress"), label=str(LABELS[state]))
            kwargs |= {"panel": panel, "work": work, "media": panel.media}
        elif state == State.CHECKED:
            kwargs |= self._checked()
        elif state in {State.APPLIED, State.UNDONE}:
            kwargs |= self._result()
        return super().get_context_data(**kwargs)

    def _checked(self) -> dict[str, Any]:
        counts = self.batch.counts
        shown = self.request.GET.get("show", "")
        paginator = self._pages(shown)
        page = paginator.get_page(self.request.GET.get("p"))
        shower = RowShower(self.batch, self.request.user)
        return {
            "basis": Basis(self.batch.basis or Basis.NONE).label,
            "tiles": [
                {
                    "outcome": outcome,
                    "label": outcome.label,
                    "count": counts.get(outcome, 0),
                    "now": outcome == shown,
                }
                for outcome in ImportRow.Outcome
                if self._applies(outcome)
            ],
            "shown": shown,
            "page": page,
            "elided": paginator.get_elided_page_range(page.number),
            "rows": shower.shown(page.object_list),
            "usable": sum(
                counts.get(outcome, 0)
                for outcome in applying.APPLIERS[self.batch.noun].outcomes
            ),
            "left_out": sum(counts.get(outcome, 0) for outcome in LEFT_OUT),
            **reach_lines(counts.get("reach", {})),
        }

    def _pages(self, shown: str) -> KnownPaginator:
        """All rows or those of one outcome; the check counted them."""
        rows, counts = self.batch.rows.order_by("number"), self.batch.counts
        if shown in ImportRow.Outcome.values:
            rows, count = rows.filter(outcome=shown), counts.get(shown, 0)
        else:
            count = sum(counts.get(outcome, 0) for outcome in ImportRow.Outcome)
        return KnownPaginator(rows, PER_PAGE, count=count)

    def _applies(self, outcome: str) -> bool:
        """Purchases are never updated, and equal lines of a receipt are no doubles."""
        contacts_only = {ImportRow.Outcome.UPDATE, ImportRow.Outcome.DOUBLE}
        return not (self._is_of_purchases() and outcome in contacts_only)

    def _result(self) -> dict[str, Any]:
        counts = self.batch.counts
        undone = counts.get("undone", {})
        left = undone.get("left_ids", [])
        # Who was merged since is found in the record that they are part of.
        visible = Contact.objects.visible_to(self.request.user).filter(
            Q(pk__in=left) | Q(aliases__old_id__in=left)
        )
        return {
            "done": counts.get("done", {}),
            "undone": undone,
            "left": [] if self._is_of_purchases() else visible.distinct(),
            "left_out": sum(counts.get(outcome, 0) for outcome in LEFT_OUT),
            "same": counts.get(ImportRow.Outcome.SAME, 0),
            "picking": self._picking(),
            **reach_lines(counts.get("done", {}).get("reach", {})),
        }

    def _picking(self) -> list[picking.Choice]:
        """Whom a hand-picked segment can be made of, once the sheet is written."""
        if self.batch.state != State.APPLIED:
            return []
        choices = people_of(self.batch)
        return picking.offered(choices, self.request.user)


class ConfirmView(BatchView):
    """Says what will happen, and does it on a press of the button."""

    template_name = "crm_plugin/imports/confirm.html"
    step = "result"

    def question(self) -> dict[str, Any]:
        raise NotImplementedError

    def act(self) -> None:
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**self.question(), **kwargs)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        self.act()
        return self.back()


class ApplyView(ConfirmView):
    step = "check"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.batch.state != State.CHECKED:
            return self.back()
        return super().get(request)

    def question(self) -> dict[str, Any]:
        counts = self.batch.counts
        return {
            "question": _("Write these rows?"),
            "facts": [
                (outcome.label, counts.get(outcome, 0))
                for outcome in applying.APPLIERS[self.batch.noun].outcomes
            ],
            "promise": _("You can take the whole import back afterwards."),
            "button": _("Write the rows"),
        }

    def act(self) -> None:
        applying.start_apply(self.batch, by=self.request.user)


class UndoView(ConfirmView):
    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.batch.state != State.APPLIED:
            return self.back()
        return super().get(request)

    def question(self) -> dict[str, Any]:
        done = self.batch.counts.get("done", {})
        return {
            "question": _("Take this import back?"),
            "facts": [
                (_("created by it"), done.get("created", 0)),
                (_("changed by it"), done.get("updated", 0)),
            ],
            "promise": _(
                "What somebody changed or used since then stays as it is, and is shown"
                " to you."
            ),
            "button": _("Take it back"),
            "serious": True,
        }

    def act(self) -> None:
        undoing.start_undo(self.batch, by=self.request.user)


class ProgressView(BatchView):
    """What the progress panel polls."""

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        response = JsonResponse(payload(steps.work_of(self.batch)))
        response["Cache-Control"] = "private, no-store"
        return response


class StartAgainView(BatchView):
    http_method_names = ["post"]

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        steps.start_again(self.batch, by=request.user)
        return self.back()


class DiscardView(BatchView):
    http_method_names = ["post"]

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        steps.discard(self.batch)
        messages.success(request, _("The sheet was thrown away. Nothing was changed."))
        return HttpResponseRedirect(reverse("crm_import:index"))


class LeftOutView(BatchView):
    """The rows that were not used, as a workbook to correct and upload again."""

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        resource = LeftOutResource(self.batch, open_columns(self.batch, request.user))
        rows = self.batch.rows.filter(outcome__in=LEFT_OUT).order_by("number")
        self._note(rows)
        return xlsx_response(
            resource.header(),
            (resource.cells(row) for row in rows.iterator(chunk_size=1_000)),
            name=f"left-out-{timezone.localdate():%Y-%m-%d}",
        )

    def _note(self, rows: QuerySet) -> None:
        """What the sheet says of people on record leaves with it."""
        by = self.request.user
        noted = access.sensitive_among(self.batch.mapping.values(), by=by)
        if not noted:
            return
        on_record = rows.filter(target_id__in=Contact.objects.values("pk"))
        cells_of = on_record.values_list("target_id", "raw")
        said = (
            (pk, name)
            for pk, cells in cells_of.iterator(chunk_size=1_000)
            for name in self.batch.fields_of(cells)
            if name in noted
        )
        access.told(said, by=by, screen=access.Screen.EXPORT)
