"""One mailing on the screen: counting up live, take back, pause, what came of it."""

from math import ceil
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from crm_plugin import journal, queue
from crm_plugin.campaigns import results
from crm_plugin.campaigns.launch import prepare_again
from crm_plugin.campaigns.problems import problems_of_mailing
from crm_plugin.delivery import mailings
from crm_plugin.delivery.models import Delivery, Mailing
from crm_plugin.ui import picking
from crm_plugin.ui.charts import Chart, Item, bars
from crm_plugin.ui.exports import csv_response, refused, xlsx_response

from .campaigns_people import recipients


def begin(mailing: Mailing, *, by: Any) -> bool:
    """The countdown on somebody's screen is over: no need to wait for the tick."""
    queue.wake("deliver")
    return True


STEERING = {
    "begin": begin,
    "take_back": mailings.take_back,
    "pause": mailings.pause,
    "resume": mailings.resume,
    "confirm": mailings.confirm,
    "prepare": prepare_again,
    "anew": mailings.take_back,
    "retry": mailings.retry,
}
WRITERS = {"csv": csv_response, "xlsx": xlsx_response}
State = Mailing.State
Ended = Delivery.State
OVER = (State.FINISHED, State.CANCELLED)
# Nothing moves by itself: the screen need not ask again.
AT_REST = (*OVER, State.BROKEN, State.MISSED)
REVOCABLE = tuple(state for state in mailings.UNDER_WAY if state != State.SENDING)
NEEDS_WORKER = (State.PREPARING, State.WAITING, State.SENDING)


class MailingMixin:
    """The mailing of the URL, as far as the user may see it; else 404."""

    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def mailing(self) -> Mailing:
        visible = Mailing.objects.visible_to(self.request.user)
        rows = visible.select_related("campaign", "topic", "launched_by")
        return get_object_or_404(rows, public_id=self.kwargs["key"])

    def state_context(self) -> dict[str, Any]:
        """What the live part of the screen shows; one count, whatever the size."""
        mailing = self.mailing
        lines = results.counts(mailing)
        left = mailing.starts_at - timezone.now()
        return {
            "mailing": mailing,
            "lines": lines,
            **progress(lines),
            "seconds_left": max(0, ceil(left.total_seconds())),
            "at_rest": mailing.state in AT_REST,
            "revocable": mailing.state in REVOCABLE,
            "may_steer": self.request.user.has_perm("crm_plugin.launch_campaign"),
            "obstacles": self.obstacles(),
            "nobody_delivers": mailing.state in NEEDS_WORKER and not queue.alive(),
            "last_beat": queue.last_beat(),
        }

    def obstacles(self) -> list[str]:
        """Why it could not be prepared, as far as its text is the reason."""
        if self.mailing.state != State.BROKEN:
            return []
        return problems_of_mailing(self.mailing)


def progress(lines: list[results.Line]) -> dict[str, int]:
    """Sums of the lines; per cent are of those who can get it."""
    count = {
        state: sum(line.count for line in lines if line.state == state)
        for state in Ended.values
    }
    total = sum(count.values())
    held = count[Ended.SKIPPED]
    open_count = sum(count[state] for state in mailings.OPEN)
    done = total - held - open_count
    return {
        "total": total,
        "held": held,
        "sent": count[Ended.SENT],
        "failures": count[Ended.FAILED],
        "doubts": count[Ended.UNCERTAIN],
        "percent": done * 100 // (total - held) if total > held else 0,
    }


class MailingView(MailingMixin, WagtailAdminTemplateMixin, View):
    template_name = "crm_plugin/campaigns/mailing.html"
    header_icon = "mail"

    def get(self, request: HttpRequest, key: Any) -> HttpResponseBase:
        wanted = request.GET.get("export", "")
        if wanted:
            return self.export(wanted)
        return self.render_to_response(self.get_context_data())

    def get_page_title(self) -> str:
        return _("Mailing “%(mailing)s”") % {"mailing": self.mailing.name}

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        items = [
            *super().get_breadcrumbs_items(),
            {"url": reverse("crm_campaign:list"), "label": _("Campaigns")},
        ]
        if campaign := self.mailing.campaign:
            edit = reverse("crm_campaign:edit", args=[campaign.pk])
            items.append({"url": edit, "label": str(campaign)})
        return [*items, {"url": "", "label": self.get_page_title()}]

    @cached_property
    def outcome(self) -> results.Results:
        return results.results([self.mailing])[self.mailing.pk]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **self.state_context(),
            results=self.outcome,
            chart=self.chart(),
            next_steps=self.next_steps(),
            picking=self.picking(),
            may_export=self.request.user.has_perm("crm_plugin.export_contact"),
            style=versioned_static("crm_plugin/campaigns/send.css"),
            charts=versioned_static("crm_plugin/reports.css"),
            script=versioned_static("crm_plugin/campaigns/live.js"),
            **kwargs,
        )

    def next_steps(self) -> list[dict[str, str]]:
        """Where to go once it is over, as far as the user may."""
        campaign, user = self.mailing.campaign, self.request.user
        if campaign is None or self.mailing.state != State.FINISHED:
            return []
        steps = [
            ("copy", "add", _("Make a new campaign from this one")),
            ("edit", "change", _("Note what we learned (under “To whom and why”)")),
        ]
        return [
            {"url": reverse(f"crm_campaign:{name}", args=[campaign.pk]), "label": label}
            for name, right, label in steps
            if user.has_perm(f"crm_plugin.{right}_campaign")
        ]

    def picking(self) -> list[picking.Choice]:
        """Whom of its recipients a hand-picked segment can be made of."""
        found = recipients(self.mailing, self.outcome)
        return picking.offered(found, self.request.user)

    def chart(self) -> Chart:
        """What people did above what they clicked."""
        found = self.outcome
        items = [Item(o.label, o.people) for o in found.outcomes]
        items += [
            Item(_("Clicked"), found.clicked),
            Item(_("Machine clicks"), found.clicked_by_machine),
            Item(_("Unsubscribed"), found.unsubscribed, tone="warn"),
            Item(_("Undeliverable"), found.bounced, tone="warn"),
        ]
        return bars(
            _("People, of %(sent)s who got it") % {"sent": f"{found.sent:,}"},
            items,
            label_heading=_("What they did"),
            value_heading=_("People"),
        )

    def export(self, wanted: str) -> HttpResponseBase:
        """The figures of this screen: totals, no names."""
        if wanted not in WRITERS:
            raise Http404
        if not self.request.user.has_perm("crm_plugin.export_contact"):
            return refused(self.request)
        rows = self.export_rows()
        journal.record(
            "export",
            [("mailing", self.mailing.pk, "export", None, {"rows": len(rows)})],
            by=self.request.user,
            summary=f"mailing {wanted} {len(rows)}",
        )
        header = [_("What they did"), _("People"), _("Number"), _("Amount")]
        name = f"mailing-{self.mailing.pk}"
        return WRITERS[wanted](header, rows, name=name)

    def export_rows(self) -> list[list[Any]]:
        found = self.outcome
        rows = [[_("Sent"), found.sent, found.sent, ""]]
        rows += [
            [o.label, o.people, o.count, "" if o.amount is None else o.amount]
            for o in found.outcomes
        ]
        rows += [
            [_("Clicked"), found.clicked, "", ""],
            [_("Machine clicks"), found.clicked_by_machine, "", ""],
            [_("Unsubscribed"), found.unsubscribed, "", ""],
        ]
        return rows + [
            [line.label, line.count, "", ""] for line in results.counts(self.mailing)
        ]


class MailingStateView(MailingMixin, View):
    """The live part alone; the screen asks for it every second or two."""

    def get(self, request: HttpRequest, key: Any) -> HttpResponse:
        context = self.state_context()
        response = render(request, "crm_plugin/campaigns/mailing_state.html", context)
        response["Cache-Control"] = "private, no-store"
        return response


class SteerView(MailingMixin, View):
    """POST: take back, pause or go on; with the right to launch."""

    def post(self, request: HttpRequest, key: Any, verb: str) -> HttpResponse:
        mailing = self.mailing
        if verb not in STEERING:
            raise Http404
        if not request.user.has_perm("crm_plugin.launch_campaign"):
            raise PermissionDenied
        if not STEERING[verb](mailing, by=request.user):
            messages.warning(request, _("Too late: the state has changed meanwhile."))
        elif verb == "anew" and mailing.campaign_id:
            return redirect("crm_campaign:send", pk=mailing.campaign_id)
        return redirect("crm_campaign:mailing", key=mailing.public_id)
