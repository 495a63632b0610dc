"""After the answer: undo it, or plan the next step by one click."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from crm_plugin import queue
from crm_plugin.touchpoints import follow_ups, presence
from crm_plugin.touchpoints.models import Inquiry, Phase

from .desk import ActView, DeskView, ObjectMixin
from .follow_ups_forms import StepForm, today


class NextView(ObjectMixin, DeskView):
    model = Inquiry
    needs = ("change_inquiry",)
    page_title = gettext_lazy("What comes next?")
    header_icon = "calendar-check"
    template_name = "crm_plugin/touchpoints/next.html"

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_inquiry:index"), "label": _("Inquiries")}]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        what = _("Ask whether everything is clear") if self.object.answered_at else ""
        what = what or _("Call again")
        return self.page(StepForm(initial={"what": what}, phase=Phase.SUPPORT))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = StepForm(request.POST, phase=Phase.SUPPORT)
        quick = _date(request.POST.get("quick", ""))
        if not form.is_valid():
            return self.page(form)
        due_on = quick or form.cleaned_data["due_on"]
        if due_on is None:
            form.add_error("due_on", _("Choose a day."))
            return self.page(form)
        follow_ups.plan(
            self.object.contact,
            due_on=due_on,
            what=form.cleaned_data["what"],
            channel=form.cleaned_data["channel"],
            owner=request.user,
            phase=form.cleaned_data["phase"],
            inquiry=self.object,
            by=request.user,
        )
        messages.success(request, _("The next step is planned."))
        return redirect("crm_today:index")

    def page(self, form: StepForm) -> HttpResponse:
        days = [
            (_("Tomorrow"), today() + dt.timedelta(days=1)),
            (_("In a week"), today() + dt.timedelta(days=7)),
            (_("In a month"), today() + dt.timedelta(days=30)),
        ]
        return self.show(inquiry=self.object, form=form, days=days, alive=queue.alive())


class PresenceView(ActView):
    """A browser says every minute that somebody writes here; who else does?"""

    model = Inquiry
    needs = ("change_inquiry",)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        presence.here(self.object.pk, request.user)
        self.object.refresh_from_db()
        return JsonResponse(
            {
                "others": presence.others(self.object.pk, request.user),
                "closed": not self.object.is_open,
            }
        )


def _date(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
