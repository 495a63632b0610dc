"""Services, their weekly times, and the rooms or people they need."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList

from crm_plugin import normalise
from crm_plugin.bookings.models import GRAIN_MINUTES, Resource, Service, ServiceSlot
from crm_plugin.ui.journalled import JournalledViewSet
from crm_plugin.ui.listing import ListView, YesNoColumn

DAYS = [f"day_{weekday}" for weekday in range(7)]
_TIME = re.compile(r"(\d{1,2}):?(\d{2})")


class TimesField(forms.CharField):
    """Start times of one weekday: “11:30, 12:00”; any separator, any width."""

    def to_python(self, value: Any) -> list[dt.time]:
        text = normalise.text(super().to_python(value))
        words = [word for word in re.split(r"[\s,、;/]+", text) if word]
        return sorted({self._time(word) for word in words})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return ", ".join(f"{time:%H:%M}" for time in value)
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial or []) != (data or "")

    def _time(self, word: str) -> dt.time:
        match = _TIME.fullmatch(word)
        try:
            time = dt.time(int(match[1]), int(match[2])) if match else None
        except ValueError:
            time = None
        if time is None:
            message = _("“%(word)s” is not a time. Write 11:30, 12:00 …")
            raise forms.ValidationError(message % {"word": word})
        if time.minute % GRAIN_MINUTES:
            message = _("%(time)s does not stand on a quarter of an hour.")
            raise forms.ValidationError(message % {"time": f"{time:%H:%M}"})
        return time


class ServiceForm(WagtailAdminModelForm):
    """A service with its weekly plan in seven lines."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan: dict[int, list[dt.time]] = {}
        if self.instance.pk:
            for slot in self.instance.slots.all():
                plan.setdefault(slot.weekday, []).append(slot.starts)
        for weekday, name in enumerate(DAYS):
            self.initial[name] = plan.get(weekday, [])

    def save(self, commit: bool = True) -> Service:
        service = super().save(commit=commit)
        if commit:
            self.save_plan(service)
        return service

    def save_plan(self, service: Service) -> None:
        wanted = {
            (weekday, starts)
            for weekday, name in enumerate(DAYS)
            for starts in self.cleaned_data[name]
        }
        known = {(slot.weekday, slot.starts): slot.pk for slot in service.slots.all()}
        gone = [pk for key, pk in known.items() if key not in wanted]
        service.slots.filter(pk__in=gone).delete()
        ServiceSlot.objects.bulk_create(
            ServiceSlot(service=service, weekday=weekday, starts=starts)
            for weekday, starts in sorted(wanted - known.keys())
        )


WeeklyServiceForm = type(ServiceForm)(
    "WeeklyServiceForm",
    (ServiceForm,),
    {
        name: TimesField(label=WEEKDAYS[weekday], required=False)
        for weekday, name in enumerate(DAYS)
    },
)


class ServiceListView(ListView):
    empty_text = gettext_lazy(
        "There are no services yet. Add what people can book, such as a table."
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
    list_display = [
        "name",
        "resource",
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
                    FieldRowPanel([FieldPanel("key"), FieldPanel("category")]),
                    FieldRowPanel([FieldPanel("resource"), FieldPanel("max_party")]),
                    FieldPanel("active"),
                ],
                heading=gettext_lazy("Service"),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [FieldPanel("duration_minutes"), FieldPanel("order")]
                    ),
                    FieldRowPanel([FieldPanel("lead_hours"), FieldPanel("days_ahead")]),
                ],
                heading=gettext_lazy("How long, how early"),
            ),
            MultiFieldPanel(
                [FieldPanel(name) for name in DAYS],
                heading=gettext_lazy("Start times of each weekday"),
                help_text=gettext_lazy("Such as 11:30, 12:00. Empty: closed."),
            ),
        ],
        base_form_class=WeeklyServiceForm,
    )


class ResourceListView(ListView):
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
    index_view_class = ResourceListView
    list_display = ["name", "places"]
    search_fields = ["name"]
    form_fields = ["name", "places"]
