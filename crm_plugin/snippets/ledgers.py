"""Ledgers: what the system wrote, for reading only. All ``ledger_…`` stand on these."""

import re
from collections.abc import Callable
from typing import Any

from django.contrib.admin.filters import RelatedFieldListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import quote
from django.db.models import Model, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch
from django.utils.html import format_html
from wagtail import hooks
from wagtail_modeladmin.helpers import PermissionHelper
from wagtail_modeladmin.options import ModelAdmin
from wagtail_modeladmin.views import IndexView, InspectView

from crm_plugin import normalise
from crm_plugin.ui.addresses import people
from crm_plugin.ui.listing import CappedPaginator

# What the links of the filters ask.
LOOK_UPS = "exact|isnull|gte|lt"


class ReadOnly(PermissionHelper):
    """Whoever may view may list and look; nobody writes here."""

    def user_can_list(self, user: Any) -> bool:
        return self.user_has_specific_permission(user, self.get_perm_codename("view"))

    def user_can_inspect_obj(self, user: Any, obj: Any) -> bool:
        return self.user_can_list(user)

    def user_can_create(self, user: Any) -> bool:
        return False

    def user_can_edit_obj(self, user: Any, obj: Any) -> bool:
        return False

    def user_can_delete_obj(self, user: Any, obj: Any) -> bool:
        return False


class NewestFilter(RelatedFieldListFilter):
    """The newest of what rows belong to, by its name alone: more come each week."""

    MOST = 50
    name = "name"

    def field_choices(self, field: Any, request: Any, model_admin: Any) -> list[Any]:
        others = field.related_model._default_manager.order_by("-pk")
        return list(others.values_list("pk", self.name)[: self.MOST])


class ListView(IndexView):
    """The list; files leave by exports, which have a right of their own.

    Narrowed by the ledger's own filters only: any other look-up in the address could
    ask, letter by letter, for what its asker may not read.
    """

    FORMATS = ()

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        asked = super().get_filters_params(params)
        offered = "|".join(map(re.escape, self.model_admin.filtered_by()))
        known = re.compile(rf"(?:{offered})(?:__id)?(?:__(?:{LOOK_UPS}))?")
        return {name: value for name, value in asked.items() if known.fullmatch(name)}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().dispatch(request, *args, **kwargs)
        except (IncorrectLookupParameters, OverflowError):
            return redirect(self.index_url)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """In place of the parent's, which counts all rows there are, and twice those found.

        ``all_count`` only says whether there are any.
        """
        paginator = CappedPaginator(self.queryset, self.items_per_page)
        page = paginator.get_page(max(self.page_num, 1))
        context = {
            "view": self,
            "all_count": paginator.count or self.get_base_queryset().exists(),
            "result_count": paginator.count,
            "paginator": paginator,
            "page_obj": page,
            "elided_page_range": paginator.get_elided_page_range(page.number),
            "object_list": self.model_admin.named(page.object_list),
            "user_can_create": False,
            "show_search": self.search_handler.show_search_form,
            "narrowed": self.narrowed(),
            "people_url": self.people_url(),
        }
        return super(IndexView, self).get_context_data(**context, **kwargs)

    def people_url(self) -> str:
        """The people behind the rows, where a rule can say who they are."""
        if self.query or not self.request.user.has_perm("crm_plugin.view_contact"):
            return ""
        asked = self.get_filters_params()
        said = {
            name.partition("__")[0]: value[-1] if isinstance(value, list) else value
            for name, value in asked.items()
        }
        if not all(re.fullmatch(r"\w+?__(?:id__)?exact", name) for name in asked):
            return ""
        rule = self.model_admin.of_whom(said)
        return people(*rule) if rule else ""

    def narrowed(self) -> list[str]:
        """What each filter leaves, in words; the first choice of each leaves all."""
        return [
            str(choice["display"])
            for spec in self.filter_specs
            for choice in list(spec.choices(self))[1:]
            if choice["selected"]
        ]

    def get_page_title(self) -> str:
        """As the menu calls it, so that people see where they are."""
        return str(self.model_admin.get_menu_label())


class RowView(InspectView):
    """One row: the labels and texts that the ledger tells; of what its list holds."""

    def __init__(self, model_admin: Any, instance_pk: str) -> None:
        if normalise.whole(instance_pk) is None:
            raise Http404
        super().__init__(model_admin, instance_pk)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if (
            not self.model_admin.get_queryset(request)
            .filter(pk=self.instance.pk)
            .exists()
        ):
            raise Http404
        self.model_admin.note(self.instance, request.user)
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return self.model_admin.called(self.instance)

    def get_fields_dict(self) -> list[dict[str, Any]]:
        rows = self.model_admin.told(self.instance)
        return [{"label": label, "value": value or "-"} for label, value in rows]


class Ledger(ModelAdmin):
    """A list and a page per row, under "Ledgers"."""

    permission_helper_class = ReadOnly
    index_view_class = ListView
    inspect_view_class = RowView
    inspect_view_enabled = True
    history_view_enabled = False
    index_template_name = "crm_plugin/ledgers/list.html"
    index_view_extra_css = ["crm_plugin/ledgers/list.css"]
    index_view_extra_js = ["crm_plugin/ledgers/list.js"]
    list_per_page = 50
    ordering = ("-id",)
    rights: tuple[str, ...] = ("view",)
    # Read for the page alone. A join lets the database begin with the other table, and
    # sort all rows there ever were.
    fetched: tuple[str | Prefetch, ...] = ()

    def register_with_wagtail(self) -> None:
        """Menu, addresses and the view permission; no reference index, no finder."""
        hooks.register("register_admin_urls", self.get_admin_urls_for_registration)
        hooks.register("register_crm_ledger_menu_item", self.get_menu_item)
        hooks.register("register_permissions", self.permissions)

    def permissions(self) -> QuerySet:
        """The rights that groups can be given on these rows."""
        names = [self.permission_helper.get_perm_codename(act) for act in self.rights]
        every = self.permission_helper.get_all_model_permissions()
        return every.filter(codename__in=names)

    def get_admin_urls_for_registration(self) -> tuple:
        """Only the addresses that read."""
        reading = {self.url_helper.get_action_url_name(n) for n in ("index", "inspect")}
        every = super().get_admin_urls_for_registration()
        return tuple(entry for entry in every if entry.name in reading)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).prefetch_related(*self.fetched)
        return self.visible(rows, request.user)

    def visible(self, rows: QuerySet, user: Any) -> QuerySet:
        return rows.visible_to(user)  # type: ignore[attr-defined]

    def filtered_by(self) -> list[str]:
        """The fields of the filters, whichever way they are offered."""
        return [each if isinstance(each, str) else each[0] for each in self.list_filter]

    def of_whom(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """The rule for whom the rows are about that the filters leave, *asked* by field;
        empty where no condition says it."""
        return []

    def named(self, rows: Any) -> Any:
        """*rows* of a page with what columns tell and the rows do not hold."""
        return rows

    def note(self, row: Any, by: Any) -> None:
        """*by* opens the page of *row*: where it shows something sensitive, note it."""

    def called(self, row: Any) -> str:
        """How a row is called at the head of its page."""
        return str(row)

    def told(self, row: Any) -> list[tuple[str, Any]]:
        """Label and text of what one row holds."""
        raise NotImplementedError


def described(label: str, order: str | None = None) -> Callable:
    """Name a column that a method computes; *order* is the field to sort by."""

    def mark(function: Callable) -> Callable:
        function.short_description = label  # type: ignore[attr-defined]
        function.admin_order_field = order  # type: ignore[attr-defined]
        return function

    return mark


def linked(record: Model | None) -> str:
    """The record's name, leading to the record."""
    if record is None:
        return "-"
    try:
        return format_html(
            '<a href="{}">{}</a>',
            record.get_admin_url(),  # type: ignore[attr-defined]
            record,
        )
    except NoReverseMatch:
        return str(record)


def as_lines(text: str) -> str:
    return format_html('<div style="white-space: pre-wrap">{}</div>', text)


def ledger_url(ledger: type[Ledger], row: Model) -> str:
    """The page of one row."""
    return ledger().url_helper.get_action_url("inspect", quote(row.pk))
