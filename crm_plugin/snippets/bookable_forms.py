"""The form of a service: its start times in a line for each day of the week."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.widgets import AdminPageChooser
from wagtail.models import get_page_models

from crm_plugin import normalise
from crm_plugin.bookings.models import WEEKDAYS, Service, ServiceSlot
from crm_plugin.bookings.models.grain import GRAIN_MINUTES

DAYS = [f"day_{weekday}" for weekday, _name in WEEKDAYS]
# The pages that a service leads to, by what they say of themselves.
PAGES = {"feedback_page": "feedback", "booking_page": "booking"}
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
    """A service with its weekly plan in eight lines."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan: dict[int, list[dt.time]] = {}
        if self.instance.pk:
            for slot in self.instance.slots.all():
                plan.setdefault(slot.weekday, []).append(slot.starts)
        for weekday, name in enumerate(DAYS):
            self.initial[name] = plan.get(weekday, [])
        for name, kind in PAGES.items():
            if name in self.fields:
                self.fields[name].widget = AdminPageChooser(target_models=_pages(kind))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        rooms, smallest = said.get("resources"), said.get("min_party")
        if rooms and smallest and smallest > max(room.places for room in rooms):
            self.add_error("min_party", _("No place has so many seats."))
        for name, kind in PAGES.items():
            page = said.get(name)
            if page and _kind_of(page.specific) != kind:
                self.add_error(name, _("This page has no form of that kind."))
        return said

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


def _kind_of(page: Any) -> str:
    return getattr(page, "crm_kind", "")


def _pages(kind: str) -> list[Any]:
    return [model for model in get_page_models() if _kind_of(model) == kind]


WeeklyServiceForm = type(ServiceForm)(
    "WeeklyServiceForm",
    (ServiceForm,),
    {
        name: TimesField(label=label, required=False)
        for name, (_weekday, label) in zip(DAYS, WEEKDAYS, strict=True)
    },
)
