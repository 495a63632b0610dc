"""The record of a deal: facts, people, what happened around it, what was changed."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.widgets.button import HeaderButton

from crm_plugin.sales.models import Deal, DealPerson, DealStage, DealStagePeriod
from crm_plugin.snippets import follow_ups
from crm_plugin.snippets.desk import DeskView, ObjectMixin, allowed, sees_firms
from crm_plugin.snippets.follow_ups_forms import FollowUpForm
from crm_plugin.snippets.follow_ups_list import steps_at_hand
from crm_plugin.touchpoints import history
from crm_plugin.touchpoints.models import Phase
from crm_plugin.ui import changes

from .forms import LookForm

# Campaign clicks that led to the deal came before it was opened.
DAYS_BEFORE = 90
MOST_PEOPLE, MOST_ENTRIES = 6, 60
# What is about the deal or the record itself, not between them and us.
WITHOUT = ("deal", "change", "stage", "consent", "beginning")


class RecordView(ObjectMixin, DeskView):
    model = Deal
    needs: tuple[str, ...] = ("view_deal",)
    header_icon = "pick"
    template_name = "crm_plugin/sales/deal.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page()

    def get_page_title(self) -> str:
        return self.object.title

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_deal:index"), "label": _("Deals")}]

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        offered = [
            ("change_deal", "edit", _("Edit"), "edit"),
            ("delete_deal", "delete", _("Delete"), "bin"),
        ]
        return [
            HeaderButton(
                label,
                reverse(f"crm_deal:{view}", args=[self.object.pk]),
                icon_name=icon,
            )
            for right, view, label, icon in offered
            if allowed(self.request.user, right)
        ]

    def page(self, **found: Any) -> HttpResponse:
        deal, user = self.object, self.request.user
        sees = allowed(user, "view_contact")
        people = list(_people(deal)) if sees else []
        step = FollowUpForm(prefix="step", user=user, phase=Phase.SALES)
        return self.show(
            deal=deal,
            sees_people=sees,
            sees_firms=sees_firms(user),
            involved=people,
            stages=_way(deal),
            story=_story(deal, people, user),
            steps=steps_at_hand([row.contact_id for row in people], user),
            told=changes.told(deal, "deal", "dealperson", request=self.request),
            roles=DealPerson.Role.choices,
            look=LookForm(initial={"look_for": found.get("looked_for", "")}),
            step_form=step,
            media=step.media,
            may_change=allowed(user, "change_deal"),
            may_plan=bool(deal.contact_id) and allowed(user, "add_followup"),
            others=_targets(deal),
            here=deal.get_admin_url(),
            **follow_ups.acts(user),
            back=f"{deal.get_admin_url()}#deal-next",
            **found,
        )


def _people(deal: Deal) -> list[DealPerson]:
    rows = deal.people.filter(contact__archived_at=None).select_related("contact")
    return sorted(rows, key=lambda row: (row.contact_id != deal.contact_id, row.pk))


def _targets(deal: Deal) -> list[DealStage]:
    """Where it can go: open stages, and the closing ones while it is open."""
    rows = DealStage.objects.filter(active=True).exclude(pk=deal.stage_id)
    if deal.closed_at:
        rows = rows.filter(kind=DealStage.Kind.OPEN)
    return list(rows)


def _way(deal: Deal) -> list[dict[str, Any]]:
    """Each stay in a stage, in order, with its days."""
    zone = timezone.get_default_timezone()
    rows = DealStagePeriod.objects.filter(deal=deal).select_related("stage", "by")
    return [
        {
            "period": row,
            "days": (
                timezone.localdate(row.ended_at or timezone.now(), zone)
                - timezone.localdate(row.started_at, zone)
            ).days,
        }
        for row in rows.order_by("started_at", "id")
    ]


def _story(deal: Deal, people: list[DealPerson], user: Any) -> dict[str, Any]:
    """What passed between the people and us, from before the opening to the end."""
    since = deal.opened_at - dt.timedelta(days=DAYS_BEFORE)
    entries = history.between(
        [row.contact for row in people[:MOST_PEOPLE]],
        user=user,
        since=since,
        until=deal.closed_at,
        limit=MOST_ENTRIES,
        without=WITHOUT,
    )
    return {
        "since": [pair for pair in entries if pair[1].at >= deal.opened_at],
        "before": [pair for pair in entries if pair[1].at < deal.opened_at],
        "several": len(people) > 1,
    }
