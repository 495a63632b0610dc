"""A segment on past days: its members on a day, and the months before it was there."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, DateColumn, Table, TitleColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from crm_plugin import normalise, queue, rules
from crm_plugin.contacts.models import Contact
from crm_plugin.segments import past, shown
from crm_plugin.segments.models import Segment
from crm_plugin.ui import charts
from crm_plugin.ui.listing import CappedPaginator
from crm_plugin.ui.progress import Progress, payload

from .desk import day_input, plausible_day

PER_PAGE = 50
RECOMPUTED = "recomputed"


class DayForm(forms.Form):
    """A day that is over, or today."""

    on = forms.DateField(label=gettext_lazy("Members on"), widget=day_input())
    anew = forms.BooleanField(
        required=False, label=gettext_lazy("by the rule of today, also where recorded")
    )

    def clean_on(self) -> dt.date:
        day = plausible_day(self.cleaned_data["on"])
        if day is None or day > rules.periods.today(timezone.now()):
            raise forms.ValidationError(_("Choose a day of the past."))
        return day


class MonthsProgress(Progress):
    """How many of the months are recomputed."""

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return {**super().get_context_data(parent_context), **_told(self.work)}


def _told(work: queue.Work | None) -> dict[str, Any]:
    """What the panel polls for, in months."""
    told = payload(work)
    if work is not None and work.position:
        words = ngettext(
            "%(done)d of %(total)d month", "%(done)d of %(total)d months", work.total
        )
        told["text"] = words % {"done": work.position, "total": work.total}
    return told


def drawn(counts: list[past.Count]) -> charts.Chart | None:
    """The ends of the past months in one line, dashed where it is recomputed."""
    if len(counts) < 2:
        return None
    items = [
        charts.Item(
            date_format(count.on, "Y/m"),
            count.size,
            tone=RECOMPUTED if count.recomputed else "",
            note=_("recomputed") if count.recomputed and count.size is not None else "",
        )
        for count in counts
    ]
    return charts.line(
        _("Members at the end of each month"),
        items,
        label_heading=_("Month"),
        value_heading=_("Members"),
    )


def context_of(segment: Segment, user: Any) -> dict[str, Any]:
    """What the page of a segment shows of the past."""
    counts = past.history(segment)
    work, blamed = past.work_of(segment), past.blamed(segment)
    progress = reverse("crm_segment:past_progress", args=[segment.pk])
    label = _("Past months are being recomputed.")
    return {
        "day_form": DayForm(),
        "past_chart": drawn(counts),
        "has_recomputed": any(
            row.recomputed and row.size is not None for row in counts
        ),
        "blamed": blamed,
        "months": past.MONTHS,
        "may_fill": user.has_perm("crm_plugin.change_segment") and not blamed,
        "past_panel": MonthsProgress(work, progress, label=label) if work else None,
    }


class OneSegment(PermissionCheckedMixin):
    """Of a segment that this person may see."""

    model: type[Segment]
    any_permission_required = ["add", "change", "delete", "view"]
    kwargs: dict[str, Any]

    @cached_property
    def segment(self) -> Segment:
        return get_object_or_404(Segment, pk=self.kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return str(self.segment)


def place_of(segment: Segment) -> list[dict[str, str]]:
    """The way to a segment's page."""
    page = reverse("crm_segment:inspect", args=[segment.pk])
    return [
        {"url": reverse("crm_segment:list"), "label": _("Segments")},
        {"url": page, "label": str(segment)},
    ]


class DayView(OneSegment, WagtailAdminTemplateMixin, TemplateView):
    """Who was in it at the end of a day: as recorded, else recomputed and marked so."""

    template_name = "crm_plugin/segments/on_day.html"
    page_title = gettext_lazy("Members on a day")
    header_icon = "history"
    index_url_name = ""

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        label = _("Members on a day")
        here = {"url": "", "label": label, "sublabel": str(self.segment)}
        return [*self.breadcrumbs_items, *place_of(self.segment), here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = self.request.GET if "on" in self.request.GET else None
        form = DayForm(asked)
        told = self.told(**form.cleaned_data) if form.is_valid() else {}
        return {
            **super().get_context_data(**kwargs),
            "segment": self.segment,
            "form": form,
            **told,
        }

    def told(self, on: dt.date, anew: bool) -> dict[str, Any]:
        """*anew*: computed from dated data even where the stays say who it was."""
        day, known = on, past.is_recorded(self.segment, on)
        recorded = known and not anew
        with rules.remembering():
            told = {
                "day": day,
                "recorded": recorded,
                "anew": known and anew,
                "sentence": rules.sentence(self.segment.tree),
            }
            try:
                rows = self.recorded(day) if recorded else self.recomputed(day)
            except rules.Undated as error:
                lines = [(row.text, row.why_not_on(day)) for row in error.lines]
                return {**told, "blamed": lines}
            except rules.BrokenRule as error:
                return {**told, "problems": error.problems}
            if not recorded:
                told["sources"] = rules.past_lines(self.segment.tree)
            return {**told, **self.listed(rows, recorded)}

    def recorded(self, day: dt.date) -> Any:
        visible = Contact.objects.visible_to(self.request.user).values("pk")
        stays = past.stays_on(self.segment, day).filter(contact__in=visible)
        return stays.select_related("contact").order_by("-entered_at", "contact_id")

    def recomputed(self, day: dt.date) -> Any:
        visible = Contact.objects.visible_to(self.request.user)
        ids = past.contacts_on(self.segment, day)
        return visible.filter(pk__in=ids).order_by("pk")

    def listed(self, rows: Any, recorded: bool) -> dict[str, Any]:
        paginator = CappedPaginator(rows, PER_PAGE)
        paginator.verbose_name = ngettext("member", "members", 1)
        paginator.verbose_name_plural = ngettext("member", "members", 2)
        page = paginator.get_page(self.request.GET.get("p"))
        people = [row.contact if recorded else row for row in page.object_list]
        if self.segment.reads_sensitive:
            ids = [person.pk for person in people]
            shown.chosen_by(self.segment.tree, ids, by=self.request.user)
        return {
            "page": page,
            "elided": paginator.get_elided_page_range(page.number),
            "table": Table(_columns(recorded), page.object_list),
        }


def _columns(recorded: bool) -> list[Column]:
    def person(row: Any) -> Contact:
        return row.contact if recorded else row

    name = TitleColumn(
        "name",
        label=_("Name"),
        accessor=person,
        get_url=lambda row: person(row).get_admin_url(),
    )
    if not recorded:
        return [name]
    since = DateColumn("entered_at", label=_("In it since"))
    return [name, since, DateColumn("left_at", label=_("Left on"))]


class FillView(OneSegment, View):
    """By POST: recompute the months before the segment was there."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm("crm_plugin.change_segment"):
            raise PermissionDenied
        months = normalise.whole(request.POST.get("months", ""))
        if months not in past.MONTHS:
            messages.error(request, _("Choose for how many months."))
        elif past.blamed(self.segment):
            text = _("The rule cannot be asked about past days; its page says why.")
            messages.error(request, text)
        else:
            past.start_history(self.segment, months, by=request.user)
            messages.success(request, _("The past months are being recomputed."))
        return redirect("crm_segment:inspect", self.segment.pk)


class FillProgressView(OneSegment, View):
    """What the progress panel polls: counts, no names."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = JsonResponse(_told(past.work_of(self.segment)))
        response["Cache-Control"] = "private, no-store"
        return response
