"""Follow-ups: tick off, undo, put off."""

import datetime as dt
from typing import Any

from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from wagtail.admin import messages

from crm_plugin.touchpoints import follow_ups
from crm_plugin.touchpoints.models import FollowUp

from .desk import ActView, allowed
from .follow_ups_change import ChangeView
from .follow_ups_forms import DayForm, OutcomeForm, today


def acts(user: Any) -> dict[str, Any]:
    """What ``touchpoints/step_acts.html`` wants to know, the same for every step."""
    day = today()
    return {
        "today": day,
        "may_follow_up": allowed(user, "change_followup"),
        "later": [
            (_("Tomorrow"), day + dt.timedelta(days=1)),
            (_("In a week"), day + dt.timedelta(days=7)),
        ],
    }


class FollowUpAct(ActView):
    model = FollowUp
    needs = ("change_followup",)
    back = "crm_today:index"

    def refused(self, form: Any) -> None:
        why = " ".join(text for found in form.errors.values() for text in found)
        messages.error(self.request, _("Not saved. %(why)s") % {"why": why})

    def late(self) -> None:
        messages.warning(self.request, _("Somebody has ticked this off already."))


class DoneView(FollowUpAct):
    def act(self, row: FollowUp) -> None:
        form = OutcomeForm(self.request.POST)
        if not form.is_valid():
            self.refused(form)
        elif follow_ups.done(row, by=self.request.user, **form.cleaned_data):
            said = _("“%(what)s” is done.") % {"what": row.what}
            url = f"{reverse('crm_today:index')}#steps"
            undo = messages.button(url, _("Undo on Today"))
            messages.success(self.request, said, buttons=[undo])
        else:
            self.late()


class UndoView(FollowUpAct):
    def act(self, row: FollowUp) -> None:
        if not follow_ups.undo_done(row, by=self.request.user):
            messages.warning(self.request, _("Somebody has undone this already."))


class MoveView(FollowUpAct):
    def act(self, row: FollowUp) -> None:
        form = DayForm(self.request.POST)
        if not form.is_valid():
            return self.refused(form)
        due_on = form.cleaned_data["due_on"]
        if not follow_ups.move(row, due_on, by=self.request.user):
            return self.late()
        day = date_format(due_on, "SHORT_DATE_FORMAT")
        said = _("“%(what)s” now stands on %(day)s.")
        messages.success(self.request, said % {"what": row.what, "day": day})


urls = [
    path("follow-ups/<int:pk>/done/", DoneView.as_view(), name="done"),
    path("follow-ups/<int:pk>/undo/", UndoView.as_view(), name="undo"),
    path("follow-ups/<int:pk>/move/", MoveView.as_view(), name="move"),
    path("follow-ups/<int:pk>/edit/", ChangeView.as_view(), name="edit"),
]
