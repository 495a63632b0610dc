"""Bookings: the list, one booking, its marks; where their other screens hang."""

from typing import Any

import django_filters
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, NumberColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin.bookings import holding, mails, marks, reserve
from crm_plugin.bookings.models import Booking
from crm_plugin.segments.stored import condition
from crm_plugin.ui import changes
from crm_plugin.ui.exports import SafeExportMixin
from crm_plugin.ui.listing import EmptyStateMixin

from .bookings_day import SEE, DayView, WeekView
from .bookings_move import MoveView
from .bookings_new import NewView
from .bookings_thanks import standing
from .bookings_waiting import LeaveView, WaitingView
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
from .ranges import Moments, days
from .their_people import TheirPeopleMixin


class BookingMenuItem(DeskMenuItem):
    needs = SEE


class BookingFilterSet(WagtailFilterSet):
    starts_at = Moments(label=gettext_lazy("Day"))
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
        fields = ["starts_at", "service", "resource", "state"]

    def filter_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        if value == "booked":
            return rows.standing()
        return rows.filter(**{f"{value}_at__isnull": False})


def state_label(booking: Booking) -> str:
    labels = {
        "came": _("came"),
        "no_show": _("did not come"),
        "cancelled": _("cancelled"),
        "booked": _("booked"),
    }
    return labels[booking.state]


EXPORTED = {
    "contact": gettext_lazy("Contact"),
    "starts_at": gettext_lazy("Time"),
    "service": gettext_lazy("Service"),
    "party_size": gettext_lazy("People"),
    "state": gettext_lazy("State"),
    "reference": gettext_lazy("Reference"),
    "note": gettext_lazy("Note"),
}


class BookingIndexView(
    TheirPeopleMixin,
    EmptyStateMixin,
    SafeExportMixin,
    AccessMixin,
    PeopleSearchMixin,
    generic.IndexView,
):
    said_by = {
        "starts_at": days,
        "service": lambda service: {"service": service.key},
        "state": lambda state: {"kind": state},
    }

    def of_whom(self, said: dict[str, Any]) -> list[dict[str, Any]]:
        """Days are those of the visit, which a rule knows of what became of it."""
        kind = said.pop("kind", "made")
        if kind == "booked" or (kind == "made" and "when" in said):
            return []
        booked = {"how": "at_least", "number": 1, "when": "ever", **said}
        return [condition("bookings", kind=kind, **booked)]

    list_export = list(EXPORTED)
    export_filename = "bookings"
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
    columns = [
        TitleColumn(
            "contact", label=gettext_lazy("Contact"), url_name="crm_booking:detail"
        ),
        MomentColumn("starts_at", label=gettext_lazy("Time"), sort_key="starts_at"),
        Column("service", label=gettext_lazy("Service")),
        NumberColumn("party_size", label=gettext_lazy("People")),
        Column("state", label=gettext_lazy("State"), accessor=state_label),
        Column("reference", label=gettext_lazy("Reference"), classname="crm-wide"),
    ]

    def get_base_queryset(self) -> QuerySet:
        rows = Booking.objects.visible_to(self.request.user)
        return rows.select_related("contact", "service")

    def export_header(self, queryset: QuerySet) -> list[str]:
        return [str(label) for label in EXPORTED.values()]

    def export_rows(self, objects: list[Booking]) -> Any:
        for row in objects:
            told = [str(row.contact), row.starts_at, str(row.service), row.party_size]
            yield [*told, state_label(row), row.reference, row.note]


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
            point=mails.address_for(self.object),
            others=rows.exclude(pk=self.object.pk)
            .select_related("service")
            .order_by("-starts_at")[:5],
            guests=rows.attended().aggregate(n=Sum("party_size"))["n"] or 0,
            told=changes.told(self.object, "booking", request=request),
            thanks=standing(self.object, user=request.user),
            may_mark=allowed(request.user, "change_booking"),
        )


class MarkView(ActView):
    """Came, did not come, cancelled, or none of it after all; and may we thank."""

    model = Booking
    needs = ("change_booking",)
    back = "crm_booking:index"
    verbs = {
        "came": marks.came,
        "no_show": marks.no_show,
        "cancel": marks.cancel,
        "undo": marks.undo_mark,
        "hold_thanks": holding.hold,
        "let_thanks_go": holding.let_go,
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
        except holding.Gone:
            messages.error(self.request, _("The thanks have left already."))
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
            path("week/", WeekView.as_view(), name="week"),
            path("list/", BookingIndexView.as_view(), name="list"),
            path("list/results/", results, name="list_results"),
            path("new/", NewView.as_view(), name="add"),
            path("waiting/", WaitingView.as_view(), name="waiting"),
            path("waiting/<int:pk>/", LeaveView.as_view(), name="leave"),
            path("<int:pk>/", DetailView.as_view(), name="detail"),
            path("<int:pk>/mark/", MarkView.as_view(), name="mark"),
            path("<int:pk>/move/", MoveView.as_view(), name="move"),
        ]
