"""Adding and editing a contact: one short form, a warning, a guarded save."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic import (
    PermissionCheckedMixin,
    WagtailAdminTemplateMixin,
)

from crm_plugin import journal, normalise
from crm_plugin.contacts import access, duplicates, editing, points, records
from crm_plugin.contacts.models import Contact, Organisation

from .forms import ContactForm, by_field, point_rows, reach


class FormView(PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """What adding and editing share."""

    model = Contact
    template_name = "crm_plugin/contacts/form.html"
    header_icon = "user"
    submit_label = gettext_lazy("Save")
    contact: Contact | None = None
    suspects: list[duplicates.Suspect] = []

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.form = ContactForm(user=request.user, contact=self.contact)
        self.known_beforehand()
        self.rows = point_rows(contact=self.contact)
        if self.contact:
            ids, screen = [self.contact.pk], access.Screen.FORM
            access.seen(ids, by=request.user, screen=screen)
        return self.show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.form = ContactForm(request.POST, user=request.user, contact=self.contact)
        self.rows = point_rows(request.POST, contact=self.contact)
        if not (self.form.is_valid() & self.rows.is_valid()):
            messages.error(request, _("Nothing was saved yet: please look below."))
            return self.show()
        self.values, self.reach = self.form.values(), reach(self.rows)
        if not any([*self.values.values(), *self.reach]):
            messages.error(
                request, _("A name or one way to reach the person is needed.")
            )
            return self.show()
        if self.warns():
            return self.show()
        return self.save()

    def known_beforehand(self) -> None:
        """What the address of the form already tells of the person."""

    def warns(self) -> bool:
        """Whether somebody on record may be this person, and nobody said "save"."""
        if "save_anyway" in self.request.POST:
            return False
        self.suspects = duplicates.suspects(
            self.said_anew(),
            user=self.request.user,
            exclude=self.contact.pk if self.contact else None,
        )
        return bool(self.suspects)

    def said_anew(self) -> dict[str, Any]:
        return by_field(self.values, self.reach)

    def save(self) -> HttpResponse:
        raise NotImplementedError

    def show(self, **context: Any) -> HttpResponse:
        return self.render_to_response(
            self.get_context_data(
                form=self.form,
                rows=self.rows,
                contact=self.contact,
                suspects=self.suspects,
                media=self.form.media,
                submit_button_label=self.submit_label,
                action_url=self.request.path,
                has_unsaved_changes=self.form.is_bound,
                **context,
            )
        )

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        items = [{"url": reverse("crm_contact:index"), "label": _("Contacts")}]
        if self.contact:
            url = self.contact.get_admin_url()
            items.append({"url": url, "label": str(self.contact)})
        items.append({"url": "", "label": self.get_page_title()})
        return [*self.breadcrumbs_items, *items]


class AddView(FormView):
    permission_required = "add"
    page_title = gettext_lazy("Add a contact")
    submit_label = gettext_lazy("Add")

    def known_beforehand(self) -> None:
        """``?organisation=`` comes from an organisation's record."""
        asked = normalise.whole(self.request.GET.get("organisation"))
        rows = Organisation.objects.visible_to(self.request.user)
        row = rows.filter(pk=asked).first()
        if row and "organisation__name" in self.form.fields:
            self.form.fields["organisation__name"].initial = row.name

    def save(self) -> HttpResponse:
        by = self.request.user
        with transaction.atomic():
            contact = records.create_contact(self.values, by=by)
            points.replace(contact.pk, self.reach)
            owner = self.form.cleaned_data["owner"]
            if owner:
                Contact.objects.filter(pk=contact.pk).update(owner=owner)
                said = ("contact", contact.pk, "owner_id", None, owner.pk)
                journal.record("edit", [said], by=by, summary=str(contact))
            records.finish([contact.pk], {"points"})
        messages.success(
            self.request, _("%(name)s was added.") % {"name": contact.name}
        )
        return redirect(contact.get_admin_url())


class EditView(FormView):
    permission_required = "change"
    page_title = gettext_lazy("Edit")

    def get_page_subtitle(self) -> str:
        return str(self.contact)

    @cached_property
    def contact(self) -> Contact:  # type: ignore[override]
        rows = Contact.objects.visible_to(self.request.user)
        return get_object_or_404(rows.known_as(self.kwargs["pk"]))

    def said_anew(self) -> dict[str, Any]:
        """Only what this edit changes can point to somebody else."""
        known = {(row.kind, row.value_norm) for row in self.contact.points.all()}
        new = [
            said
            for said in self.reach
            if (said["kind"], points.norm(said["kind"], said["value"])) not in known
        ]
        changed: dict[str, Any] = {}
        for names in (duplicates.NAME, duplicates.KANA):
            if any(self.values[name] != self.held(name) for name in names):
                changed |= {name: self.values[name] for name in names}
        return by_field(changed, new)

    def held(self, name: str) -> Any:
        return getattr(self.contact, name.partition(".")[2]) or None

    def save(self) -> HttpResponse:
        try:
            operation = editing.save(
                self.contact,
                self.values,
                reach=self.reach,
                owner=self.form.cleaned_data["owner"],
                version=self.form.cleaned_data["version"],
                seen=self.form.cleaned_data["seen"],
                by=self.request.user,
            )
        except journal.Stale:
            return self.show_stale()
        text = _("Saved.") if operation else _("Nothing had changed.")
        messages.success(self.request, text)
        return redirect(self.contact.get_admin_url())

    def show_stale(self) -> HttpResponse:
        """Keep what was typed, and show what the record says now instead."""
        ids, screen = [self.contact.pk], access.Screen.FORM
        access.seen(ids, by=self.request.user, screen=screen)
        self.form.data = self.form.data.copy()
        self.form.data["version"] = self.contact.version
        self.form.data["seen"] = self.form.state(self.contact)
        held = records.read([self.contact.pk], self.values).get(self.contact.pk, {})
        theirs = [
            (self.form[name].label, spec.display(held.get(spec.name)) or "–")
            for name, spec in self.form.specs.items()
            if not _same(held.get(spec.name), self.values[spec.name])
        ]
        stored = sorted(row.value for row in self.contact.points.all())
        if stored != sorted(said["value"] for said in self.reach):
            theirs.append((_("How to reach them"), ", ".join(stored) or "–"))
        if self.contact.owner != self.form.cleaned_data["owner"]:
            theirs.append((_("Owner"), normalise.staff(self.contact.owner) or "–"))
        messages.error(
            self.request,
            _("Somebody else saved this record while you were typing."),
        )
        return self.show(theirs=theirs)


def _same(old: Any, new: Any) -> bool:
    return journal.plain(old or None) == journal.plain(new or None)
