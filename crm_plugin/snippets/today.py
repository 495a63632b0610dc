"""Today: who to contact, why, and with what; and who comes."""

import datetime as dt
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import HeaderButton

from crm_plugin import normalise
from crm_plugin.bookings import week
from crm_plugin.bookings.models import Booking
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.delivery import answers
from crm_plugin.intake.models import Claim
from crm_plugin.touchpoints import follow_ups, inquiries
from crm_plugin.touchpoints.models import FollowUp

from . import hints
from .claim_groups import answerable
from .colleagues import colleagues
from .desk import DeskMenuItem, DeskView, allowed
from .follow_ups import acts
from .follow_ups import urls as follow_up_urls
from .follow_ups_forms import today as site_day
from .follow_ups_list import urls as list_urls

ROWS = 50
NEEDS = ("view_inquiry", "view_followup", "view_booking")


class TodayMenuItem(DeskMenuItem):
    needs = NEEDS


class TodayView(DeskView):
    needs = NEEDS
    page_title = pgettext_lazy("page title", "Today")
    header_icon = "calendar-check"
    template_name = "crm_plugin/touchpoints/today.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        user, who = request.user, self.who()
        today = site_day()
        waiting = inquiries.waiting(user, owner=who)
        due = follow_ups.due(user, on=today, owner=who)
        owed, rows = list(waiting[:ROWS]), list(_with_points(due)[:ROWS])
        hints.give([*rows, *owed], user=user)
        return self.show(
            mine=who == user,
            who=who,
            owed=owed,
            owed_count=_count(owed, waiting),
            lost=answers.not_arrived(user),
            overdue=any(inquiry.is_overdue for inquiry in owed),
            steps=rows,
            steps_count=_count(rows, due),
            done=list(_done_today(user, today, who=who)[:ROWS]),
            bookings=list(bookings_of(user, today)),
            claims=_claims(user),
            may_answer=allowed(user, "change_inquiry"),
            back=f"{request.get_full_path()}#steps",
            may_mark=allowed(user, "change_booking"),
            **acts(user),
        )

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        if not allowed(self.request.user, "view_followup"):
            return []
        url = reverse("crm_today:list")
        return [HeaderButton(_("All follow-ups"), url=url, icon_name="list-ul")]

    def who(self) -> Any:
        """Whose work is asked for: ``?who=me``, a colleague's id, else everybody's."""
        asked = self.request.GET.get("who", "")
        if asked == "me":
            return self.request.user
        known = colleagues(active=None)
        return known.filter(pk=normalise.whole(asked)).first()


def bookings_of(user: Any, day: dt.date) -> QuerySet:
    """The bookings of one of the site's days, in order of their time."""
    return week.bookings_between(Booking.objects.visible_to(user), day, day)


def _with_points(steps: QuerySet) -> QuerySet:
    points = ContactPoint.objects.filter(undeliverable_at=None).order_by(
        "-preferred", "id"
    )
    return steps.select_related("contact", "owner", "inquiry").prefetch_related(
        Prefetch("contact__points", queryset=points)
    )


def _count(shown: list, rows: QuerySet) -> int:
    """How many there are; asked only where not all of them are shown."""
    return len(shown) if len(shown) < ROWS else rows.count()


def _done_today(user: Any, today: dt.date, *, who: Any) -> QuerySet:
    start = dt.datetime.combine(
        today, dt.time.min, tzinfo=timezone.get_default_timezone()
    )
    rows = FollowUp.objects.visible_to(user).filter(done_at__gte=start)
    if who:
        rows = rows.filter(Q(owner=who) | Q(done_by=who))
    return rows.select_related("contact", "done_by").order_by("-done_at")


def _claims(user: Any) -> dict[str, int]:
    """How many values wait for an answer, from how many people."""
    rows = answerable(user).filter(state=Claim.State.WAITING)
    return rows.aggregate(
        count=Count("id"), people=Count("submission_id", distinct=True)
    )


class TodayViewSet(ViewSet):
    name = "crm_today"
    url_prefix = "crm/today"
    icon = "calendar-check"
    menu_label = pgettext_lazy("page title", "Today")
    menu_order = 110
    menu_hook = "register_crm_menu_item"
    menu_item_class = TodayMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        return [
            path("", TodayView.as_view(), name="index"),
            *list_urls,
            *follow_up_urls,
        ]
