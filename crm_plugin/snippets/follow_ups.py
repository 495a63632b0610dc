"""Follow-ups: tick off, undo, put off."""

from typing import Any

from django.urls import path
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from wagtail.admin import messages

from crm_plugin.touchpoints import follow_ups
from crm_plugin.touchpoints.models import FollowUp

from .desk import ActView


class FollowUpAct(ActView):
    model = FollowUp
    needs = ("change_followup",)
    back = "crm_today:index"


class DoneView(FollowUpAct):
    def act(self, row: FollowUp) -> None:
        outcome = self.request.POST.get("outcome", "")
        if not follow_ups.done(row, by=self.request.user, outcome=outcome):
            messages.warning(self.request, _("Somebody has ticked this off already."))


class UndoView(FollowUpAct):
    def act(self, row: FollowUp) -> None:
        if not follow_ups.undo_done(row, by=self.request.user):
            messages.warning(self.request, _("Somebody has undone this already."))


class MoveView(FollowUpAct):
    def act(self, row: FollowUp) -> Any:
        try:
            due_on = parse_date(self.request.POST.get("due_on", ""))
        except ValueError:
            due_on = None
        if due_on is None:
            messages.error(self.request, _("That is not a date."))
        elif follow_ups.move(row, due_on, by=self.request.user):
            messages.success(
                self.request,
                _("“%(what)s” now stands on %(day)s.")
                % {"what": row.what, "day": date_format(due_on, "SHORT_DATE_FORMAT")},
            )
        else:
            messages.warning(self.request, _("Somebody has ticked this off already."))


urls = [
    path("follow-ups/<int:pk>/done/", DoneView.as_view(), name="done"),
    path("follow-ups/<int:pk>/undo/", UndoView.as_view(), name="undo"),
    path("follow-ups/<int:pk>/move/", MoveView.as_view(), name="move"),
]
