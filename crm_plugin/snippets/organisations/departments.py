"""The departments of an organisation: add, edit, and remove after a warning."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views import generic
from wagtail.permission_policies import ModelPermissionPolicy

from crm_plugin.contacts import access, departments
from crm_plugin.contacts.models import Department, DepartmentValue, Organisation
from crm_plugin.ui import meanwhile

from .forms import DepartmentForm
from .gate import ForOrganisations

NAMED = 20


class DepartmentView(
    ForOrganisations,
    generic.PermissionCheckedMixin,
    generic.WagtailAdminTemplateMixin,
    View,
):
    """What adding, editing and removing share."""

    model = Department
    permission_policy = ModelPermissionPolicy(Department)
    template_name = "crm_plugin/contacts/part_form.html"
    submit_label: Any = gettext_lazy("Save")

    @cached_property
    def row(self) -> Department | None:
        rows = Department.objects.visible_to(self.request.user)
        rows = rows.select_related("organisation")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def organisation(self) -> Organisation:
        return self.row.organisation

    def get_page_subtitle(self) -> str:
        return str(self.organisation)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return self.trail(self.organisation)

    def show(self, **context: Any) -> HttpResponse:
        return self.render_to_response(
            self.get_context_data(
                organisation=self.organisation,
                action_url=self.request.path,
                submit_button_label=self.submit_label,
                **context,
            )
        )


class DepartmentFormView(DepartmentView):
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.row is not None:
            self.note()
        return self.ask(DepartmentForm(user=request.user, row=self.row))

    @transaction.atomic
    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = DepartmentForm(request.POST, user=request.user, row=self.row)
        if form.is_valid():
            if theirs := self.told_since(form):
                self.note()
                messages.error(request, meanwhile.CHANGED)
                return self.ask(form, theirs)
            try:
                self.save(form)
            except departments.NameTaken as error:
                form.add_error("name", str(error))
            else:
                messages.success(request, _("Saved."))
                return redirect(self.organisation.get_admin_url())
        messages.error(request, _("Nothing was saved yet: please look below."))
        return self.ask(form)

    def note(self) -> None:
        """What the form shows of a department is noted where it is sensitive."""
        ids, screen = [self.row.pk], access.Screen.FORM
        access.seen(ids, by=self.request.user, screen=screen, noun="department")

    def save(self, form: DepartmentForm) -> None:
        raise NotImplementedError

    def opened(self) -> DepartmentForm:
        return DepartmentForm(user=self.request.user, row=self.row)

    def told_since(self, form: DepartmentForm) -> meanwhile.Facts:
        """What somebody else has saved since the form was opened; nothing of a new one."""
        if self.row is None:
            return []
        Department.objects.select_for_update().get(pk=self.row.pk)
        self.row.refresh_from_db(fields=["name"])
        return meanwhile.since(meanwhile.seen(self.request), self.opened(), form)

    def ask(
        self, form: DepartmentForm, theirs: meanwhile.Facts | None = None
    ) -> HttpResponse:
        return self.show(
            form=form,
            **meanwhile.carried(self.request, self.opened, theirs),
            media=form.media,
            has_unsaved_changes=form.is_bound,
        )


class DepartmentAddView(DepartmentFormView):
    permission_required = "add"
    page_title = gettext_lazy("Add a department")
    row = None

    @cached_property
    def organisation(self) -> Organisation:
        rows = Organisation.objects.visible_to(self.request.user)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def save(self, form: DepartmentForm) -> None:
        departments.add(
            self.organisation,
            form.cleaned_data["name"],
            form.values(),
            by=self.request.user,
        )


class DepartmentEditView(DepartmentFormView):
    permission_required = "change"
    page_title = gettext_lazy("Edit the department")

    def save(self, form: DepartmentForm) -> None:
        departments.edit(
            self.row,
            form.cleaned_data["name"],
            form.values(),
            by=self.request.user,
        )


class DepartmentRemoveView(DepartmentView):
    permission_required = "delete"
    page_title = gettext_lazy("Remove the department")
    template_name = "crm_plugin/contacts/department_remove.html"
    submit_label = gettext_lazy("Remove")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        places = self.row.affiliations.of_people().select_related("contact")
        people = list(places.by_role()[: NAMED + 1])
        may_see = request.user.has_perm("crm_plugin.view_contact")
        return self.show(
            department=self.row,
            people=people[:NAMED] if may_see else [],
            more=len(people) > NAMED,
            has_people=bool(people),
            has_values=DepartmentValue.objects.filter(owner=self.row).exists(),
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        back = self.organisation.get_admin_url()
        departments.remove(self.row, by=request.user)
        messages.success(request, _("The department was removed."))
        return redirect(back)
