"""Bookings: the day, the list, one booking and its marks."""

import datetime as dt
from typing import Any

import django_filters
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, NumberColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import HeaderButton

from crm_plugin.bookings import calendar, mails, marks, reserve
from crm_plugin.bookings.models import Booking, Service
from crm_plugin.ui.listing import CappedPaginator, EmptyStateMixin

from .bookings_new import NewView
from .desk import (
    AccessMixin,
    ActView,
    DeskMenuItem,
    DeskView,
    MomentColumn,
    ObjectMixin,
    PeopleSearchMixin,
    allowed,
)
from .today import bookings_of

SEE = ("view_booking",)


class BookingMenuItem(DeskMenuItem):
    needs = SEE


class DayView(DeskView):
    """One of the site's days: who comes when, and what is still free."""

    needs = SEE
    page_title = gettext_lazy("Bookings")
    header_icon = "date"
    template_name = "crm_plugin/bookings/day.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        today = timezone.localdate(timezone=calendar.zone())
        day = _day(request.GET.get("day", "")) or today
        rows = list(bookings_of(request.user, day))
        step = dt.timedelta(days=1)
        return self.show(
            day=day,
            today=today,
            before=day - step,
            after=day + step,
            bookings=rows,
            people=sum(row.party_size for row in rows if not row.cancelled_at),
            services=_plan(day),
            may_mark=allowed(request.user, "change_booking"),
            may_book=allowed(request.user, "add_booking"),
        )

    def get_header_buttons(self) -> list:
        url = reverse("crm_booking:list")
        return [HeaderButton(_("List"), url, icon_name="list-ul")]


def _plan(day: dt.date) -> list[dict[str, Any]]:
    """Each service's start times of the day with the places left and their share."""
    services = Service.objects.filter(active=True).select_related("resource")
    plan = []
    for service in services.prefetch_related("slots"):
        left = calendar.places_left(service, calendar.slots(service, day))
        places = service.resource.places
        slots = [
            {"at": at, "left": n, "places": places, "taken": places - n}
            for at, n in left
        ]
        if slots:
            plan.append({"service": service, "slots": slots})
    return plan


class BookingFilterSet(WagtailFilterSet):
    starts_at = django_filters.DateFromToRangeFilter(
        label=gettext_lazy("Day"), widget=DateRangePickerWidget
    )
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        method="filter_state",
        choices=[
            ("booked", gettext_lazy("booked")),
            ("came", gettext_lazy("came")),
            ("no_show", gettext_lazy("did not come")),
            ("cancelled", gettext_lazy("cancelled")),
        ],
    )

    class Meta:
        model = Booking
        fields = ["starts_at", "service", "state"]

    def filter_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        if value == "booked":
            return rows.filter(came_at=None, no_show_at=None, cancelled_at=None)
        return rows.filter(**{f"{value}_at__isnull": False})


def state_label(booking: Booking) -> str:
    labels = {
        "came": _("came"),
        "no_show": _("did not come"),
        "cancelled": _("cancelled"),
        "booked": _("booked"),
    }
    return labels[booking.state]


class BookingIndexView(
    EmptyStateMixin, AccessMixin, PeopleSearchMixin, generic.IndexView
):
    empty_text = gettext_lazy(
        "There are no bookings yet. They come from your booking form, or are put in by"
        " hand on the page of the day."
    )
    model = Booking
    needs = SEE
    any_permission_required = None
    page_title = gettext_lazy("Bookings")
    header_icon = "date"
    index_url_name = "crm_booking:list"
    index_results_url_name = "crm_booking:list_results"
    edit_url_name = "crm_booking:detail"
    filterset_class = BookingFilterSet
    search_fields = ["reference"]
    is_searchable = True
    default_ordering = ("-starts_at", "-id")
    paginate_by = 50
    paginator_class = CappedPaginator
    columns = [
        TitleColumn(
            "contact", label=gettext_lazy("Contact"), url_name="crm_booking:detail"
        ),
        MomentColumn("starts_at", label=gettext_lazy("Time"), sort_key="starts_at"),
        Column("service", label=gettext_lazy("Service")),
        NumberColumn("party_size", label=gettext_lazy("People")),
        Column("state", label=gettext_lazy("State"), accessor=state_label),
        Column("reference", label=gettext_lazy("Reference")),
    ]

    def get_base_queryset(self) -> QuerySet:
        rows = Booking.objects.visible_to(self.request.user)
        return rows.select_related("contact", "service")


class DetailView(ObjectMixin, DeskView):
    model = Booking
    needs = SEE
    page_title = gettext_lazy("Booking")
    header_icon = "date"
    template_name = "crm_plugin/bookings/detail.html"

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_booking:index"), "label": _("Bookings")}]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = Booking.objects.visible_to(request.user).filter(
            contact_id=self.object.contact_id
        )
        return self.show(
            booking=self.object,
            point=mails.address_of(self.object),
            others=rows.exclude(pk=self.object.pk)
            .select_related("service")
            .order_by("-starts_at")[:5],
            guests=rows.attended().aggregate(n=Sum("party_size"))["n"] or 0,
            may_mark=allowed(request.user, "change_booking"),
        )


class MarkView(ActView):
    """Came, did not come, cancelled, or none of it after all."""

    model = Booking
    needs = ("change_booking",)
    back = "crm_booking:index"
    verbs = {
        "came": marks.came,
        "no_show": marks.no_show,
        "cancel": marks.cancel,
        "undo": marks.undo_mark,
    }

    def act(self, row: Booking) -> None:
        name, _colon, tell = self.request.POST.get("mark", "").partition(":")
        verb = self.verbs.get(name)
        if verb is None:
            return
        try:
            booking = verb(row, by=self.request.user)
        except reserve.SlotTaken:
            text = _("The places were given to somebody else meanwhile.")
            messages.error(self.request, text)
        except marks.AlreadyCancelled:
            text = _("This booking is cancelled: undo that first.")
            messages.error(self.request, text)
        else:
            if tell:
                mails.tell(booking, mails.CANCELLED, by=self.request.user)


class BookingViewSet(ViewSet):
    name = "crm_booking"
    url_prefix = "crm/bookings"
    icon = "date"
    menu_label = gettext_lazy("Bookings")
    menu_order = 220
    menu_hook = "register_crm_menu_item"
    menu_item_class = BookingMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        results = BookingIndexView.as_view(results_only=True)
        return [
            path("", DayView.as_view(), name="index"),
            path("list/", BookingIndexView.as_view(), name="list"),
            path("list/results/", results, name="list_results"),
            path("new/", NewView.as_view(), name="add"),
            path("<int:pk>/", DetailView.as_view(), name="detail"),
            path("<int:pk>/mark/", MarkView.as_view(), name="mark"),
        ]


def _day(text: str) -> dt.date | None:
    """The day, unless the calendar ends beside it."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and dt.MINYEAR < day.year < dt.MAXYEAR else None
