"""The CRM home: is it alive, what is owed today, how does the relation grow."""

from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin.ui.components import Component
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin import queue, rules
from crm_plugin.bookings.models import Booking
from crm_plugin.campaigns.drafts import NothingToSendWith, draft_for
from crm_plugin.campaigns.models import Campaign
from crm_plugin.intake.models import Submission
from crm_plugin.lifecycle.models import Stage
from crm_plugin.scoring.models import Score
from crm_plugin.segments.models import Segment
from crm_plugin.segments.ready_made import ensure
from crm_plugin.touchpoints.models import FollowUp, Inquiry, Phase
from crm_plugin.ui.addresses import contact_list

from . import came_once, campaigns, kpi
from .open_deals import board
from .views import CrmMenuItem, ReadersOnly, may_read

# So many broken segments, and scores, are told by name.
FROZEN = 10


def owed(user: Any) -> dict[str, int]:
    """What waits today, as far as *user* may see it; six counts of open rows."""
    now, today = timezone.now(), timezone.localdate()
    inquiries = Inquiry.objects.visible_to(user).open()
    return {
        "open": inquiries.count(),
        "overdue": inquiries.filter(due_at__lt=now).count(),
        "follow_ups": FollowUp.objects.visible_to(user)
        .filter(done_at=None, due_on__lte=today)
        .count(),
        "bookings": Booking.objects.visible_to(user)
        .filter(starts_at__date=today, cancelled_at=None)
        .count(),
        "posts": Submission.objects.visible_to(user).waiting().count(),
    }


class Still(NamedTuple):
    """A segment or score that cannot be worked out any more, and what is wrong."""

    row: Segment | Score
    url: str
    problems: list[str]


def frozen(user: Any) -> list[Still]:
    """What stands still, as far as *user* may see it: segments, then scores."""
    segments = Segment.objects.visible_to(user).frozen()[:FROZEN]
    scores = Score.objects.visible_to(user).in_force().exclude(frozen_at=None)
    with rules.remembering():
        return [
            Still(
                row,
                reverse("crm_segment:inspect", args=[row.pk]),
                rules.why_broken(row.tree),
            )
            for row in segments
        ] + [
            Still(
                row,
                reverse("crm_score:index"),
                [text for line in row.read_lines for text in line.problems()],
            )
            for row in scores[:FROZEN]
        ]


def no_use(counted: dict[str, int]) -> dict[str, Any]:
    """Contacts without a use and their share, from the stages that say so."""
    without = counted[Stage.NEW] + counted[Stage.PROSPECT]
    total = sum(counted.values())
    share = round(100 * without / total) if total else 0
    return {"number": without, "share": share, "url": contact_list(uses="0")}


class HomeView(ReadersOnly, WagtailAdminTemplateMixin, View):
    """Every panel is a figure drawn, a table behind it, and a next step."""

    template_name = "crm_plugin/reports/home.html"
    page_title = gettext_lazy("CRM home")
    header_icon = "group"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    @cached_property
    def results(self) -> dict[str, kpi.Result]:
        return {
            name: kpi.get(name).compute()
            for name in ("stages", "came_once", "moves", "open_deals", "answers")
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        may_draft = user.has_perm("crm_plugin.add_campaign")
        last = campaigns.latest(user)
        return super().get_context_data(
            alive=queue.alive(),
            last_beat=queue.last_beat(),
            owed=owed(user),
            frozen=frozen(user),
            stages=self.results["stages"],
            no_use=no_use(self.results["stages"].figures),
            came_once=self.results["came_once"],
            moves=self.results["moves"],
            deals=self.results["open_deals"],
            answers=self.results["answers"],
            board_url=board() if user.has_perm("crm_plugin.view_deal") else "",
            phases=dict(Phase.choices),
            people=came_once.people(user),
            everybody_url=contact_list(uses_min="1", uses_max="1"),
            may_draft=may_draft,
            aim=came_once.aim(user) if may_draft else None,
            campaigns=last,
            campaign_charts=campaigns.charts(last),
            today_url=reverse("crm_today:index"),
            **kwargs,
        )


class DraftForCameOnce(ReadersOnly, View):
    """One click from "came once" to a draft campaign for exactly them."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("crm_plugin.add_campaign"):
            raise PermissionDenied
        key = came_once.SEGMENT
        segment = ensure([key], refreshed=True, by=request.user)[key]
        try:
            campaign = draft_for(segment, by=request.user)
        except NothingToSendWith:
            messages.error(request, _("Add a sender and a topic first (CRM settings)."))
            return redirect("crm_home:index")
        messages.success(
            request,
            _("A draft for “%(segment)s” is ready. Write it, preview it, launch it.")
            % {"segment": segment},
        )
        return redirect(
            reverse(Campaign.snippet_viewset.get_url_name("edit"), args=[campaign.pk])
        )


class HomeViewSet(ViewSet):
    name = "crm_home"
    url_prefix = "crm"
    icon = "home"
    menu_label = gettext_lazy("CRM home")
    menu_order = 100
    menu_hook = "register_crm_menu_item"
    menu_item_class = CrmMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        return [
            path("", HomeView.as_view(), name="index"),
            path(
                "draft-came-once/", DraftForCameOnce.as_view(), name="draft_came_once"
            ),
        ]


class OwedPanel(Component):
    """On Wagtail's own home: what is owed today, red when late."""

    order = 50
    template_name = "crm_plugin/reports/owed_panel.html"

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        user = parent_context["request"].user
        shown = may_read(user)
        return {
            "shown": shown,
            "owed": owed(user) if shown else {},
            "alive": queue.alive() if shown else True,
            "today_url": reverse("crm_today:index"),
        }


def add_owed_panel(request: HttpRequest, panels: list[Component]) -> None:
    if may_read(request.user):
        panels.append(OwedPanel())
