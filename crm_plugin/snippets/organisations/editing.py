"""Adding and editing an organisation: a warning of a twin, a guarded save."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views import generic

from crm_plugin import journal
from crm_plugin.contacts import access, organisations
from crm_plugin.contacts.models import Organisation
from crm_plugin.ui import meanwhile

from .forms import OrganisationForm
from .gate import ForOrganisations


class OrganisationFormView(
    ForOrganisations,
    generic.PermissionCheckedMixin,
    generic.WagtailAdminTemplateMixin,
    View,
):
    model = Organisation
    template_name = "crm_plugin/contacts/organisation_form.html"
    row: Organisation | None = None

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.form = OrganisationForm(user=request.user, row=self.row)
        if self.row is not None:
            ids, screen = [self.row.pk], access.Screen.FORM
            access.seen(ids, by=request.user, screen=screen, noun="organisation")
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
        if theirs := self.told_since():
            return self.show_stale(theirs)
        try:
            row = self.save()
        except journal.Stale as stale:
            messages.error(request, str(stale.message))
            return self.show_stale(meanwhile.against(self.opened(), self.form))
        messages.success(request, _("Saved."))
        return redirect(row.get_admin_url())

    def save(self) -> Organisation:
        raise NotImplementedError

    def opened(self) -> OrganisationForm:
        """The form as it would be if it were opened now."""
        row = self.row and Organisation.objects.get(pk=self.row.pk)
        return OrganisationForm(user=self.request.user, row=row)

    def told_since(self) -> meanwhile.Facts:
        """What somebody else has saved since the form was opened; nothing of a new one."""
        if self.row is None:
            return []
        said = meanwhile.seen(self.request)
        return meanwhile.since(said, self.opened(), self.form)

    def show_stale(self, theirs: meanwhile.Facts) -> HttpResponse:
        """Keep what was typed, and show what the record says now instead."""
        stored = Organisation.objects.get(pk=self.kwargs["pk"])
        ids, screen = [stored.pk], access.Screen.FORM
        access.seen(ids, by=self.request.user, screen=screen, noun="organisation")
        self.form.data = self.form.data.copy()
        self.form.data["version"] = stored.version
        return self.show(theirs)

    def show(
        self, theirs: meanwhile.Facts | None = None, **context: Any
    ) -> HttpResponse:
        return self.render_to_response(
            self.get_context_data(
                form=self.form,
                media=self.form.media,
                action_url=self.request.path,
                submit_button_label=_("Save"),
                has_unsaved_changes=self.form.is_bound,
                **meanwhile.carried(self.request, self.opened, theirs),
                **context,
            )
        )

    def get_page_subtitle(self) -> str:
        return str(self.row or "")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return self.trail(*([self.row] if self.row else []))


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
