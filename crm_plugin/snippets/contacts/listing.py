"""The list of contacts: one page, one query for each kind of thing it shows."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import HeaderButton

from crm_plugin import rules
from crm_plugin.conf import CrmSettings
from crm_plugin.contacts import (
    access,
    bulk,
    fields,
    organisations,
    points,
    records,
    search,
)
from crm_plugin.contacts.models import Contact
from crm_plugin.lifecycle import stages
from crm_plugin.segments import shown
from crm_plugin.snippets import archiving
from crm_plugin.touchpoints.models import ContactFrequency
from crm_plugin.ui.exports import SafeExportMixin, said
from crm_plugin.ui.listing import CappedPaginator

from . import listing_export, scored
from .addresses import address
from .choosing import Choice

STYLES = ["crm_plugin/contacts/contacts.css", "crm_plugin/contacts/finding.css"]

NEEDED = {"organisation": "view_organisation", "last": "view_touchpoint"}


class NameColumn(TitleColumn):
    cell_template_name = "crm_plugin/contacts/name_cell.html"


class StageColumn(Column):
    cell_template_name = "crm_plugin/contacts/stage_cell.html"


def load_shown(contacts: Sequence[Contact]) -> None:
    """Give each contact of one page what its row shows: five queries in all."""
    ids = [contact.pk for contact in contacts]
    reach = points.read(ids, ["email", "phone"])
    places = organisations.current_affiliations(ids)
    stage = stages.current(ids)
    rows = ContactFrequency.objects.filter(contact_id__in=ids)
    last = dict(rows.values_list("contact_id", "last_at"))
    for contact in contacts:
        pk = contact.pk
        contact.shown = {
            "email": _first(reach.get((pk, "email"))),
            "phone": _first(reach.get((pk, "phone"))),
            "organisation": _place(places.get(pk)),
            "stage": stage.get(pk),
            "last": last.get(pk),
        }


def _first(found: list | None) -> str:
    return found[0].value if found else ""


def _place(found: list | None) -> str:
    return found[0].organisation.name if found else ""


def _last(contact: Contact) -> str:
    at = contact.shown["last"]
    return date_format(localtime(at), "SHORT_DATE_FORMAT") if at else ""


class ContactListView(SafeExportMixin, generic.IndexView):
    results_template_name = "crm_plugin/contacts/index_results.html"
    default_ordering = ("-created_at", "-id")
    paginate_by = 25
    paginator_class = CappedPaginator
    is_searchable = True
    list_export = ["name"]
    export_filename = "contacts"
    page_title = gettext_lazy("Contacts")
    is_cut = False
    is_many = False

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with rules.remembering():
            return super().get(request, *args, **kwargs)

    def get_base_queryset(self) -> QuerySet[Contact]:
        return Contact.objects.visible_to(self.request.user).current()

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        if not self.is_searching:
            return queryset
        if self.is_export:
            found = search.find(self.search_query, user=self.request.user)
            return queryset.filter(pk__in=found.values("pk"))
        ids, self.is_cut = search.first(queryset, self.search_query)
        self.is_many = False
        return queryset.filter(pk__in=ids)

    @cached_property
    def choice(self) -> Choice:
        return Choice(self.request.GET, self.request.user)

    @cached_property
    def filters(self) -> Any:
        return self.choice.filters

    @cached_property
    def is_filtering(self) -> bool:
        return self.choice.refused or bool(self.choice.rule)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        searching = self.is_searching and not self.is_export
        queryset, self.is_many = self.choice.among(queryset, probe=not searching)
        return queryset

    def get_paginator(self, *args: Any, **kwargs: Any) -> CappedPaginator:
        paginator = super().get_paginator(*args, **kwargs)
        paginator.is_cut, paginator.is_many = self.is_cut, self.is_many
        return paginator

    def paginate_queryset(self, queryset: QuerySet, page_size: int) -> tuple:
        paginator, page, _rows, more = super().paginate_queryset(queryset, page_size)
        page.object_list = list(page.object_list)
        load_shown(page.object_list)
        scored.load(page.object_list, self.filters.used)
        if self.choice.rule:
            ids = [contact.pk for contact in page.object_list]
            shown.chosen_by(self.choice.tree, ids, by=self.request.user)
        return paginator, page, page.object_list, more

    @cached_property
    def columns(self) -> list[Column]:
        columns = [
            NameColumn(
                "name",
                label=_("Name"),
                accessor="name",
                get_url=lambda contact: contact.get_admin_url(),
            ),
            Column(
                "email",
                label=_("E-mail"),
                accessor=lambda c: c.shown["email"],
                classname="crm-wide",
            ),
            Column(
                "phone",
                label=_("Phone"),
                accessor=lambda c: c.shown["phone"],
                classname="crm-number-cell",
            ),
            Column(
                "organisation",
                label=_("Organisation"),
                accessor=lambda c: c.shown["organisation"],
                classname="crm-wide",
            ),
            StageColumn("stage", label=_("Stage"), accessor=lambda c: c.shown["stage"]),
            *scored.columns(self.filters.used),
            Column("last", label=_("Last touch"), accessor=_last, classname="crm-wide"),
        ]
        return [column for column in columns if column.name not in self.hidden]

    @property
    def hidden(self) -> set[str]:
        """Columns that tell of what the reader's role may not see."""
        may = self.request.user.has_perm
        hidden = {
            name
            for name, codename in NEEDED.items()
            if not may(f"crm_plugin.{codename}")
        }
        return hidden | (
            {"organisation"} if CrmSettings.load().consumers_only else set()
        )

    @cached_property
    def header_buttons(self) -> list:
        quick = address("crm_contact:quick")
        if not quick or not self.request.user.has_perm("crm_plugin.add_contact"):
            return super().header_buttons
        button = HeaderButton(_("Quick add"), url=quick, icon_name="tag")
        return [*super().header_buttons, button]

    @property
    def header_more_buttons(self) -> list[Any]:
        return [*super().header_more_buttons, *archiving.button(Contact)]

    def get_edit_url(self, instance: Contact) -> None:
        """The name leads to the record, and the record to the form."""
        return None

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(*args, **kwargs)
        context["media"] += Media(css={"all": STYLES})
        user = self.request.user
        if user.has_perm("crm_plugin.import_contact"):
            context["import_url"] = address("crm_import:index")
        if self.choice.rule and not self.is_searching:
            context["may_save"] = user.has_perm("crm_plugin.add_segment")
            if bulk.acts_for(user):
                context["bulk_url"] = address("crm_contact:bulk")
        return {**context, "choice": self.choice}

    @cached_property
    def exported(self) -> list[fields.Field]:
        return fields.mappable(self.request.user)

    @cached_property
    def beside(self) -> list[listing_export.Beside]:
        return listing_export.columns(self.request.user)

    def export_header(self, queryset: QuerySet) -> list[str]:
        labels = [str(field.label) for field in self.exported]
        return labels + [str(column.heading) for column in self.beside]

    def export_rows(self, objects: list[Contact]) -> Iterable[Sequence[Any]]:
        names = [field.name for field in self.exported]
        ids = [contact.pk for contact in objects]
        keys = {name.partition(".")[2] for name in names}
        screen = access.Screen.EXPORT
        access.seen(ids, by=self.request.user, screen=screen, keys=keys)
        held = records.read(ids, names)
        beside = [column.read(objects, self.request.user) for column in self.beside]
        for contact in objects:
            known = held.get(contact.pk, {})
            cells = [said(field, known.get(field.name)) for field in self.exported]
            yield cells + [column.get(contact.pk, "") for column in beside]
