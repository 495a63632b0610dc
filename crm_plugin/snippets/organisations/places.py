"""People of an organisation: their dated places, edited from either record."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views import generic
from wagtail.permission_policies import ModelPermissionPolicy

from crm_plugin import journal
from crm_plugin.contacts import affiliations
from crm_plugin.contacts.models import Affiliation, Department, Organisation
from crm_plugin.ui import meanwhile

from .forms import EndForm, PlaceForm
from .gate import ForOrganisations


class PlaceBase(
    ForOrganisations,
    generic.PermissionCheckedMixin,
    generic.WagtailAdminTemplateMixin,
    View,
):
    """A form about somebody's place; then back to where one came from."""

    model = Affiliation
    permission_policy = ModelPermissionPolicy(Affiliation)
    template_name = "crm_plugin/contacts/place_form.html"
    submit_label: Any = gettext_lazy("Save")
    done: Any = gettext_lazy("Saved.")

    @cached_property
    def row(self) -> Affiliation:
        rows = Affiliation.objects.visible_to(self.request.user)
        rows = rows.select_related("contact", "organisation", "department")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def organisation(self) -> Organisation | None:
        return self.row.organisation

    def get_page_subtitle(self) -> str:
        return f"{self.row.contact} · {self.row.organisation}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return self.trail(*([self.organisation] if self.organisation else []))

    def back(self) -> str:
        asked = get_valid_next_url_from_request(self.request)
        return asked or self.organisation.get_admin_url()

    def return_(self) -> HttpResponse:
        messages.success(self.request, self.done)
        return redirect(self.back())

    def refuse(self, text: Any = "") -> None:
        words = _("Nothing was saved yet: please look below.")
        messages.error(self.request, str(text) or words)

    def known_departments(self) -> Any:
        if self.organisation is None:
            return []
        rows = Department.objects.filter(organisation=self.organisation)
        return rows.order_by("name").values_list("name", flat=True)[:200]

    def show(self, form: Any, **context: Any) -> HttpResponse:
        return self.render_to_response(
            self.get_context_data(
                form=form,
                media=form.media,
                next_url=get_valid_next_url_from_request(self.request),
                action_url=self.request.path,
                submit_button_label=self.submit_label,
                has_unsaved_changes=form.is_bound,
                **context,
            )
        )


class PlaceEditView(PlaceBase):
    """Correct what is known of the place."""

    permission_required = "change"
    page_title = gettext_lazy("Correct the place")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.ask(self.opened())

    def opened(self) -> PlaceForm:
        row = Affiliation.objects.select_related("department").get(pk=self.row.pk)
        return PlaceForm(row=row, departments=self.known_departments())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = PlaceForm(request.POST, departments=self.known_departments())
        if not form.is_valid():
            self.refuse()
            return self.ask(form)
        self.row.version = form.cleaned_data["version"]
        try:
            affiliations.correct(self.row, form.said(), by=request.user)
        except journal.Stale as stale:
            self.refuse(stale.message)
            said, now = meanwhile.seen(request), self.opened()
            form.data = {**form.data.dict(), "version": now["version"].value()}
            return self.ask(form, meanwhile.since(said, now, form))
        return self.return_()

    def ask(
        self, form: PlaceForm, theirs: meanwhile.Facts | None = None
    ) -> HttpResponse:
        may_remove = self.user_has_permission("delete")
        url = reverse("crm_organisation:remove_place", args=[self.row.pk])
        carried = meanwhile.carried(self.request, self.opened, theirs)
        return self.show(form, remove_url=url if may_remove else "", **carried)


class PlaceEndView(PlaceBase):
    """They left: the place stays in the history with its last day."""

    permission_required = "change"
    page_title = gettext_lazy("Left the organisation")
    template_name = "crm_plugin/contacts/place_end.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        known = {"ended_on": timezone.localdate(), "version": self.row.version}
        return self.show(EndForm(initial=known), place=self.row)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = EndForm(request.POST)
        if form.is_valid():
            self.row.version = form.cleaned_data["version"]
            try:
                day = form.cleaned_data["ended_on"]
                affiliations.end(self.row, day, by=request.user)
                return self.return_()
            except affiliations.EndsBeforeStart as error:
                form.add_error("ended_on", str(error))
            except journal.Stale as stale:
                form.add_error(None, str(stale.message))
        self.refuse()
        return self.show(form, place=self.row)


class PlaceRemoveView(PlaceBase):
    """Only for what was never true; who left is ended instead."""

    permission_required = "delete"
    page_title = gettext_lazy("Remove the place")
    template_name = "crm_plugin/contacts/place_remove.html"
    submit_label = gettext_lazy("Remove")
    done = gettext_lazy("The place was removed.")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show(EndForm(), place=self.row)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        affiliations.strike(self.row, by=request.user)
        return self.return_()
