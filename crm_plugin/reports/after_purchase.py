"""After the purchase: who was spoken to, by which channel, and who was not."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin.sales import followed_up
from crm_plugin.sales.models import Purchase, PurchaseQuerySet
from crm_plugin.segments.stored import condition
from crm_plugin.touchpoints.models import Phase
from crm_plugin.touchpoints.sources import channel_words
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item, bars
from crm_plugin.ui.exports import SLICE, may_export, table

from .kpi import Result, register
from .views import ReadersOnly

DAYS, MOST_DAYS = 14, 60
SHOWN = 50
# Those of whom the report tells.
BOUGHT = {
    **{"which": "last", "when": "ago"},
    **{"days": DAYS, "days_to": followed_up.WINDOW - 1},
}
# Names and sales are told to those who may see all of it.
NEEDS = ("view_contact", "view_purchase", "view_touchpoint")


@register(
    "after_purchase",
    title=gettext_lazy("Follow-up after a purchase"),
    formula=gettext_lazy(
        "Of the contacts whose last purchase lies 14 to 90 days back: to how many"
        " somebody spoke, wrote by hand or did a next step within 14 days after it. By"
        " channel: the talks and letters of these days; where there are none, the steps"
        " that were done. Mass mail is no follow-up."
    ),
    more="crm_not_followed_up:index",
    phase=Phase.SUCCESS,
)
def compute() -> Result:
    rows = followed_up.bought(DAYS)
    counted = followed_up.with_follow_up(rows, DAYS).aggregate(
        all=Count("pk"), yes=Count("pk", filter=Q(followed_up=True))
    )
    channels = [
        Item(channel_words(channel) or _("channel not said"), n)
        for channel, n in followed_up.by_channel(rows, DAYS).most_common()
    ]
    outcome = [
        Item(_("followed up"), counted["yes"]),
        Item(_("not followed up"), counted["all"] - counted["yes"]),
    ]
    kinds = [(_("Contacts who bought"), outcome), (_("Follow-up by channel"), channels)]
    return Result(
        headings=[_("By"), _("Which"), _("Number")],
        rows=[
            [heading, item.label, item.value]
            for heading, items in kinds
            for item in items
        ],
        charts=[
            bars(heading, items, label_heading=_("Which"), value_heading=_("Number"))
            for heading, items in kinds
            if items
        ],
        figures={"bought": counted["all"], "followed_up": counted["yes"]},
        everybody=people(condition("purchase_day", **BOUGHT)),
    )


class NotFollowedUpView(ReadersOnly, WagtailAdminTemplateMixin, View):
    """The list behind the figure: to whom nobody spoke since they bought."""

    template_name = "crm_plugin/reports/not_followed_up.html"
    page_title = gettext_lazy("No follow-up after the purchase")
    header_icon = "table"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if not all(request.user.has_perm(f"crm_plugin.{right}") for right in NEEDS):
            raise PermissionDenied
        days = _days(request.GET.get("days", ""))
        rows = followed_up.not_followed_up(days) & Purchase.objects.visible_to(
            request.user
        )
        rows = rows.select_related("contact").prefetch_related("lines")
        if request.GET.get("export"):
            header = [_("Contact"), _("Bought on"), _("Items"), _("Amount")]
            named = {"count": rows.count(), "name": "not_followed_up"}
            return table(request, "purchase", header, _told(rows), **named)
        found = list(rows[: SHOWN + 1])
        return self.render_to_response(
            self.get_context_data(
                days=days,
                most=MOST_DAYS,
                window=followed_up.WINDOW,
                rows=found[:SHOWN],
                more=len(found) > SHOWN,
                may_export=may_export(request.user),
                may_note=request.user.has_perm("crm_plugin.add_touchpoint"),
            )
        )

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        report = {
            "url": reverse("crm_report:show", args=["after_purchase"]),
            "label": _("Follow-up after a purchase"),
        }
        here = {"url": "", "label": self.get_page_title()}
        return [*self.breadcrumbs_items, report, here]


def _told(rows: PurchaseQuerySet) -> Iterator[list[Any]]:
    """All of them, however many the screen shows."""
    for row in rows.iterator(chunk_size=SLICE):
        items = ", ".join(line.name for line in row.lines.all())
        yield [str(row.contact), row.on, items, row.amount]


def _days(asked: str) -> int:
    return min(int(asked[:6]), MOST_DAYS) if asked.isdecimal() else DAYS


class NotFollowedUpViewSet(ViewSet):
    name = "crm_not_followed_up"
    url_prefix = "crm/not-followed-up"

    def get_urlpatterns(self) -> list:
        return [path("", NotFollowedUpView.as_view(), name="index")]
