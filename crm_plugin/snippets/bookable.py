"""Services, their times and prices, and the rooms, tables or people they need."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
)
from wagtail.admin.widgets.button import HeaderButton

from crm_plugin.bookings import moments, week
from crm_plugin.bookings.models import Resource, Service
from crm_plugin.ui.journalled import JournalEditView, JournalledViewSet, KeptListView
from crm_plugin.ui.listing import YesNoColumn
from crm_plugin.ui.money import AmountInput

from .bookable_forms import DAYS, WeeklyServiceForm
from .days import chosen_day
from .desk import DeskView


class ServiceListView(KeptListView):
    empty_text = gettext_lazy(
        "There are no services yet. Add what people can book, such as a table."
    )


class ServiceEditView(JournalEditView):
    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        url = reverse("crm_service:preview", args=[self.object.pk])
        return [HeaderButton(_("What visitors see"), url=url, icon_name="view")]


class PreviewView(DeskView):
    """A week of one service as a visitor sees it, and why a day shows nothing."""

    needs = ("view_service",)
    header_icon = "view"
    template_name = "crm_plugin/bookings/preview.html"

    def get_page_title(self) -> str:
        return _("What visitors see: %(service)s") % {"service": self.service}

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_service:index"), "label": _("Services")}]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.service = get_object_or_404(Service.objects.with_plan(), pk=pk)
        day = chosen_day(request) or moments.today()
        days = week.days_of(day)
        return self.show(
            service=self.service,
            day=day,
            before=days[0] - week.WEEK,
            after=days[0] + week.WEEK,
            days=week.for_visitors(self.service, days, party=self.service.min_party),
        )


class ServiceViewSet(JournalledViewSet):
    model = Service
    name = "crm_service"
    url_prefix = "crm/services"
    icon = "date"
    menu_label = gettext_lazy("Services")
    menu_hook = "register_crm_settings_menu_item"
    menu_order = 200
    add_to_admin_menu = True
    copy_view_enabled = False
    told_rows = ("slots",)
    index_view_class = ServiceListView
    edit_view_class = ServiceEditView
    list_display = [
        "name",
        "duration_minutes",
        "max_party",
        YesNoColumn("active", label=gettext_lazy("Active")),
    ]
    list_filter = ["active"]
    search_fields = ["name", "name_ja"]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("name"), FieldPanel("name_ja")]),
                    FieldRowPanel([FieldPanel("key"), FieldPanel("order")]),
                    FieldRowPanel([FieldPanel("category"), FieldPanel("phase")]),
                    FieldPanel("resources", widget=forms.CheckboxSelectMultiple),
                    FieldPanel("active"),
                ],
                heading=gettext_lazy("Service"),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("min_party"), FieldPanel("max_party")]),
                    FieldPanel("capacity"),
                    FieldRowPanel(
                        [
                            FieldPanel("price", widget=AmountInput),
                            FieldPanel("price_per"),
                        ]
                    ),
                ],
                heading=gettext_lazy("For how many, at what price"),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [FieldPanel("duration_minutes"), FieldPanel("buffer_minutes")]
                    ),
                    FieldRowPanel([FieldPanel("lead_hours"), FieldPanel("days_ahead")]),
                    FieldRowPanel(
                        [FieldPanel("change_hours"), FieldPanel("remind_hours")]
                    ),
                    FieldPanel("waiting_list"),
                ],
                heading=gettext_lazy("How long, how early"),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [FieldPanel("thanks_hours"), FieldPanel("thanks_topic")]
                    ),
                    FieldPanel("feedback_page"),
                    FieldPanel("booking_page"),
                ],
                heading=gettext_lazy("Thanks after the visit"),
                help_text=gettext_lazy(
                    "The words stand under “Message templates”, in each language."
                ),
            ),
            MultiFieldPanel(
                [FieldPanel("step_minutes"), *(FieldPanel(name) for name in DAYS)],
                heading=gettext_lazy("When it starts"),
                help_text=gettext_lazy(
                    "Every so many minutes within the opening hours; or at fixed times,"
                    " such as 11:30, 12:00, as far as it is open then."
                ),
            ),
        ],
        base_form_class=WeeklyServiceForm,
    )

    def get_urlpatterns(self) -> list:
        preview = path("preview/<int:pk>/", PreviewView.as_view(), name="preview")
        return [*super().get_urlpatterns(), preview]


class ResourceListView(KeptListView):
    page_title = gettext_lazy("Rooms and people")
    empty_text = gettext_lazy(
        "There are no rooms or people yet. A service needs one to be booked."
    )


class ResourceViewSet(JournalledViewSet):
    model = Resource
    name = "crm_resource"
    url_prefix = "crm/resources"
    icon = "group"
    menu_label = gettext_lazy("Rooms and people")
    menu_hook = "register_crm_settings_menu_item"
    menu_order = 210
    add_to_admin_menu = True
    copy_view_enabled = False
    told_rows = ("hours", "special_days")
    index_view_class = ResourceListView
    list_display = [
        "name",
        "kind",
        "places",
        YesNoColumn("whole", label=gettext_lazy("One booking at a time")),
    ]
    list_filter = ["kind"]
    search_fields = ["name"]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("name"), FieldPanel("kind")]),
                    FieldRowPanel([FieldPanel("places"), FieldPanel("order")]),
                    FieldPanel("whole"),
                ],
                heading=gettext_lazy("Room or person"),
            ),
            InlinePanel(
                "hours",
                [
                    FieldRowPanel(
                        [
                            FieldPanel("weekday"),
                            FieldPanel("opens"),
                            FieldPanel("closes"),
                        ]
                    )
                ],
                heading=gettext_lazy("Opening hours"),
                label=gettext_lazy("Hours"),
                help_text=gettext_lazy(
                    "A day may have several. Until 2:00 or 0:00 means the next day."
                    " With none at all, fixed start times of services stand alone."
                ),
            ),
            FieldPanel("holidays", widget=forms.RadioSelect),
            InlinePanel(
                "special_days",
                [
                    FieldRowPanel([FieldPanel("first_on"), FieldPanel("last_on")]),
                    FieldRowPanel([FieldPanel("opens"), FieldPanel("closes")]),
                    FieldPanel("note"),
                ],
                heading=gettext_lazy("Closed days and special hours"),
                label=gettext_lazy("Days"),
                help_text=gettext_lazy(
                    "Where two stretches cover a day, the shorter one decides."
                ),
            ),
        ]
    )
