"""Yearly values of a record: a row for each year, a column for each attribute."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views import generic

from crm_plugin import normalise
from crm_plugin.contacts import access, fields, values, yearly
from crm_plugin.ui import charts
from crm_plugin.ui.registry_forms import RegistryField

SHOWN = 6
FIRST, AHEAD = 1900, 10
Periods = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Table:
    """What the record shows: the columns and, for each year, their texts."""

    columns: list[fields.Field]
    rows: list[tuple[str, list[str]]]
    drawings: list[charts.Chart]


def dated(user: Any, noun: str) -> list[fields.Field]:
    """The attributes of *noun* with a value per year that *user* may read."""
    known = fields.attributes(user, noun=noun)
    return [field for field in known if field.definition and field.definition.dated]


def table(owner_id: int, *, noun: str, user: Any) -> Table | None:
    """The yearly values of one record, the newest year first; None without any."""
    held = values.periods([owner_id], user=user, noun=noun).get(owner_id)
    if not held:
        return None
    columns = [field for field in dated(user, noun) if field.key in held]
    years = sorted({year for said in held.values() for year in said}, reverse=True)
    rows = [
        (year, [field.display(held[field.key].get(year)) for field in columns])
        for year in years
    ]
    return Table(columns, rows, [_drawn(f, held[f.key]) for f in columns if _draws(f)])


def _draws(field: fields.Field) -> bool:
    return field.type == "number"


def _drawn(field: fields.Field, said: dict[str, Any]) -> charts.Chart:
    items = [
        charts.Item(year, max(float(value), 0), field.display(value))
        for year, value in sorted(said.items())
    ]
    return charts.bars(
        str(field.label),
        items,
        label_heading=_("Year"),
        value_heading=str(field.label),
    )


class YearsForm(forms.Form):
    """Only what somebody changed in this form is written."""

    another = forms.IntegerField(
        label=gettext_lazy("Another year"),
        required=False,
        min_value=FIRST,
        help_text=gettext_lazy("Adds a row for this year."),
    )

    def __init__(
        self, *args: Any, specs: list[fields.Field], held: Periods, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.specs = specs
        self.years = self._years(held)
        for year in self.years:
            for spec in specs:
                field = RegistryField(
                    spec,
                    held=held.get(spec.key, {}).get(year),
                    show_hidden_initial=True,
                )
                field.label = f"{field.label} {year}"
                field.help_text = ""
                self.fields[_name(spec, year)] = field

    def _years(self, held: Periods) -> list[str]:
        this = timezone.localdate().year
        years = {str(year) for year in range(this - SHOWN + 1, this + 1)}
        years |= {year for said in held.values() for year in said}
        asked = str(self.data.get("another") or self.initial.get("another") or "")
        if _is_year(asked, this):
            years.add(asked)
        posted = str(self.data.get("years") or "").split()
        years |= {year for year in posted[:200] if _is_year(year, this)}
        return sorted(years, reverse=True)

    def clean_another(self) -> int | None:
        year = self.cleaned_data["another"]
        if year and year > timezone.localdate().year + AHEAD:
            raise forms.ValidationError(_("This year is too far ahead."))
        return year

    def figures(self) -> Periods:
        """What was changed: ``{key: {year: value}}``."""
        changed = set(self.changed_data)
        found: Periods = {}
        for spec in self.specs:
            for year in self.years:
                name = _name(spec, year)
                if name in changed:
                    found.setdefault(spec.key, {})[year] = self.cleaned_data[name]
        return found

    def rows(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [
            (year, [self[_name(spec, year)] for spec in self.specs])
            for year in self.years
        ]


def _name(spec: fields.Field, year: str) -> str:
    return f"y__{spec.key}__{year}"


def _is_year(text: str, this: int) -> bool:
    return FIRST <= (normalise.whole(text) or 0) <= this + AHEAD


class YearsView(
    generic.PermissionCheckedMixin, generic.WagtailAdminTemplateMixin, View
):
    """Edit the yearly values of one record. Give ``noun`` and ``row``."""

    permission_required = "change"
    template_name = "crm_plugin/contacts/years.html"
    page_title = gettext_lazy("Yearly values")
    noun = ""

    @cached_property
    def row(self) -> Any:
        raise NotImplementedError

    def get_page_subtitle(self) -> str:
        return str(self.row)

    def make(self, data: Any = None, **kwargs: Any) -> YearsForm:
        user = self.request.user
        held = values.periods([self.row.pk], user=user, noun=self.noun)
        specs = dated(user, self.noun)
        return YearsForm(data, specs=specs, held=held.get(self.row.pk, {}), **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self.make()
        keys, screen = [spec.key for spec in form.specs], access.Screen.FORM
        ids = [self.row.pk]
        access.seen(ids, by=request.user, screen=screen, keys=keys, noun=self.noun)
        return self.show(form)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self.make(request.POST)
        if not form.is_valid():
            messages.error(request, _("Nothing was saved yet: please look below."))
            return self.show(form)
        if request.POST.get("do") == "another":
            return self.show(form)
        yearly.save(self.row, form.figures(), noun=self.noun, by=request.user)
        messages.success(request, _("Saved."))
        return redirect(self.row.get_admin_url())

    def show(self, form: YearsForm) -> HttpResponse:
        return self.render_to_response(
            self.get_context_data(
                form=form,
                media=form.media,
                row=self.row,
                action_url=self.request.path,
                submit_button_label=_("Save"),
                has_unsaved_changes=form.is_bound,
            )
        )
