"""Organisations: the list, the form, and the record with its people and sales."""

from typing import Any

from django import forms
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton

from crm_plugin import journal, normalise
from crm_plugin.conf import CrmSettings
from crm_plugin.contacts import fields, organisations, values
from crm_plugin.contacts.models import Affiliation, Organisation
from crm_plugin.sales.models import Purchase
from crm_plugin.ui.listing import CappedPaginator, EmptyStateMixin
from crm_plugin.ui.registry_forms import RegistryForm

NOUN = "organisation"
COLUMNS = ["name", "kana", "phone", "website", "postal_code", "address", "note"]


class OrganisationMenuItem(MenuItem):
    """Hidden where a site sells to consumers only."""

    def is_shown(self, request: HttpRequest) -> bool:
        return (
            request.user.has_perm("crm_plugin.view_organisation")
            and not CrmSettings.load().consumers_only
        )


class OrganisationListView(EmptyStateMixin, generic.IndexView):
    empty_text = gettext_lazy(
        "There are no organisations yet. They appear with the contacts who name them, or"
        " are added by hand."
    )
    default_ordering = ("name", "id")
    paginate_by = 25
    paginator_class = CappedPaginator
    is_searchable = True
    page_title = gettext_lazy("Organisations")

    def get_base_queryset(self) -> QuerySet[Organisation]:
        rows = Organisation.objects.visible_to(self.request.user)
        return rows.filter(archived_at=None)

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        if not self.is_searching:
            return queryset
        return queryset.filter(name_norm__contains=_key(self.search_query))

    def paginate_queryset(self, queryset: QuerySet, page_size: int) -> tuple:
        paginator, page, _rows, more = super().paginate_queryset(queryset, page_size)
        page.object_list = list(page.object_list)
        people = _people_count([row.pk for row in page.object_list])
        for row in page.object_list:
            row.people_count = people.get(row.pk, 0)
        return paginator, page, page.object_list, more

    @cached_property
    def columns(self) -> list[Column]:
        return [
            TitleColumn(
                "name",
                label=_("Name"),
                get_url=lambda row: reverse("crm_organisation:inspect", args=[row.pk]),
            ),
            Column("phone", label=_("Phone")),
            Column("address", label=_("Postal address")),
            Column("people_count", label=_("People")),
        ]

    def get_edit_url(self, instance: Organisation) -> None:
        return None


def _key(text: str) -> str:
    return normalise.organisation(text[:100])


def _people_count(ids: list[int]) -> dict[int, int]:
    rows = Affiliation.objects.filter(organisation_id__in=ids, ended_on=None)
    counted = rows.values("organisation_id").annotate(n=Count("contact", distinct=True))
    return {row["organisation_id"]: row["n"] for row in counted}


class OrganisationForm(RegistryForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    kana = forms.CharField(
        label=gettext_lazy("Name (kana)"), max_length=200, required=False
    )
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    website = forms.URLField(
        label=gettext_lazy("Website"), required=False, assume_scheme="https"
    )
    postal_code = forms.CharField(
        label=gettext_lazy("Postcode"), max_length=10, required=False
    )
    address = forms.CharField(
        label=gettext_lazy("Postal address"), max_length=300, required=False
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)

    def __init__(
        self, *args: Any, user: Any, row: Organisation | None = None, **kwargs: Any
    ) -> None:
        held = {}
        specs = fields.mappable(user, noun=NOUN)
        if row is not None:
            keys = [spec.name.partition(".")[2] for spec in specs]
            stored = values.current([row.pk], keys, noun=NOUN).get(row.pk, {})
            held = {f"attribute.{key}": value for key, value in stored.items()}
            names = [*COLUMNS, "version"]
            kwargs["initial"] = {name: getattr(row, name) for name in names}
        super().__init__(*args, specs=specs, held=held, **kwargs)

    def columns(self) -> dict[str, str]:
        said = {name: self.cleaned_data[name] for name in COLUMNS}
        said["name"] = normalise.text(said["name"])
        said["kana"] = normalise.kana(said["kana"])
        said["name_norm"] = normalise.organisation(said["name"])
        return said

    def plain_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in COLUMNS]


class OrganisationFormView(
    generic.PermissionCheckedMixin, generic.WagtailAdminTemplateMixin, View
):
    model = Organisation
    template_name = "crm_plugin/contacts/organisation_form.html"
    header_icon = "group"
    row: Organisation | None = None

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.form = OrganisationForm(user=request.user, row=self.row)
        return self.show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.form = OrganisationForm(request.POST, user=request.user, row=self.row)
        if not self.form.is_valid():
            messages.error(request, _("Nothing was saved yet: please look below."))
            return self.show()
        known = organisations.by_name([self.form.cleaned_data["name"]])
        twin = next(iter(known.values()), None)
        if twin and twin != self.row and "save_anyway" not in request.POST:
            return self.show(twin=twin)
        try:
            row = self.save()
        except journal.Stale as stale:
            messages.error(request, str(stale.message))
            return self.show()
        messages.success(request, _("Saved."))
        return redirect("crm_organisation:inspect", row.pk)

    def save(self) -> Organisation:
        raise NotImplementedError

    def show(self, **context: Any) -> HttpResponse:
        return self.render_to_response(
            self.get_context_data(
                form=self.form,
                media=self.form.media,
                action_url=self.request.path,
                submit_button_label=_("Save"),
                has_unsaved_changes=self.form.is_bound,
                **context,
            )
        )

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {
            "url": reverse("crm_organisation:index"),
            "label": _("Organisations"),
        }
        here = {"url": "", "label": self.get_page_title()}
        return [*self.breadcrumbs_items, index, here]


class OrganisationAddView(OrganisationFormView):
    permission_required = "add"
    page_title = gettext_lazy("Add an organisation")

    def save(self) -> Organisation:
        return organisations.create(
            self.form.columns(), self.form.values(), by=self.request.user
        )


class OrganisationEditView(OrganisationFormView):
    permission_required = "change"
    page_title = gettext_lazy("Edit the organisation")

    @cached_property
    def row(self) -> Organisation:  # type: ignore[override]
        rows = Organisation.objects.visible_to(self.request.user)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def save(self) -> Organisation:
        self.row.version = self.form.cleaned_data["version"]
        organisations.edit(
            self.row,
            self.form.columns(),
            self.form.values(),
            by=self.request.user,
        )
        return self.row


class OrganisationRecordView(
    generic.PermissionCheckedMixin, generic.WagtailAdminTemplateMixin, View
):
    model = Organisation
    any_permission_required = ["view"]
    template_name = "crm_plugin/contacts/organisation.html"
    header_icon = "group"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = Organisation.objects.visible_to(request.user).select_related("owner")
        self.object = get_object_or_404(rows, pk=pk)
        return self.render_to_response(self.get_context_data())

    def get_page_title(self) -> str:
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse("crm_organisation:index"), "label": _("Organisations")}
        return [
            *self.breadcrumbs_items,
            index,
            {"url": "", "label": str(self.object)},
        ]

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        if not self.user_has_permission("change"):
            return []
        url = reverse("crm_organisation:edit", args=[self.object.pk])
        return [HeaderButton(_("Edit"), url=url, icon_name="edit")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row, user = self.object, self.request.user
        people = Affiliation.objects.filter(organisation=row)
        purchases = Purchase.objects.visible_to(user).filter(organisation=row)
        totals = purchases.aggregate(net=Sum("amount"), count=Count("id"))
        shown = values.read([row.pk], user=user, noun=NOUN)
        return super().get_context_data(
            organisation=row,
            people=list(
                people.select_related("contact", "department").order_by(
                    "ended_on", "contact__family_kana", "id"
                )[:200]
            )
            if user.has_perm("crm_plugin.view_contact")
            else [],
            attributes=shown.get(row.pk, []),
            totals=totals,
            purchases=list(
                purchases.select_related("contact").order_by("-at", "-id")[:20]
            ),
            **kwargs,
        )


class OrganisationViewSet(ModelViewSet):
    model = Organisation
    name = "crm_organisation"
    url_namespace = "crm_organisation"
    url_prefix = "crm/organisations"
    icon = "group"
    menu_order = 210
    menu_hook = "register_crm_menu_item"
    menu_item_class = OrganisationMenuItem
    add_to_admin_menu = True
    inspect_view_enabled = True
    copy_view_enabled = False
    add_to_reference_index = False
    form_fields: list[str] = []
    index_view_class = OrganisationListView
    add_view_class = OrganisationAddView
    edit_view_class = OrganisationEditView
    inspect_view_class = OrganisationRecordView

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        gone = {"delete_url_name": None, "history_url_name": None}
        return super().get_common_view_kwargs(
            **{**gone, "usage_url_name": None, **kwargs}
        )

    def get_urlpatterns(self) -> list:
        wanted = {"index", "index_results", "add", "edit", "inspect"}
        return [entry for entry in super().get_urlpatterns() if entry.name in wanted]
