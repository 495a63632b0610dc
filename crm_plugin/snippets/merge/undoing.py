"""Taking a merge back: what comes back, what stays, and one button."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from crm_plugin.contacts.merge import MergedOn, Refused, Undone, undo_merge
from crm_plugin.contacts.merge.undo import check, line
from crm_plugin.contacts.models import Contact
from crm_plugin.journal import Operation
from crm_plugin.snippets.desk import DeskView


class UndoView(DeskView):
    """GET says what would happen, or why it cannot; POST does it."""

    needs = ("merge_contact",)
    page_title = gettext_lazy("Undo a merge")
    header_icon = "rotate"
    template_name = "crm_plugin/merge/undo.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        rows = Operation.objects.select_related("by")
        self.operation = get_object_or_404(rows, pk=kwargs["pk"], kind="merge")
        self.gone = line(self.operation)
        visible = Contact.objects.visible_to(request.user)
        self.contact = get_object_or_404(visible.known_as(self.gone.about))

    def get_parents(self) -> list[dict[str, str]]:
        index = {"url": reverse("crm_contact:index"), "label": _("Contacts")}
        record = {"url": self.contact.get_admin_url(), "label": str(self.contact)}
        return [index, record]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            check(self.operation)
        except Refused as refused:
            return self.page(refused)
        return self.page(None)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            undone = undo_merge(self.operation, by=request.user)
        except Refused as refused:
            return self.page(refused)
        self.tell(undone)
        return redirect(undone.survivor.get_admin_url())

    def tell(self, undone: Undone) -> None:
        other = messages.button(undone.duplicate.get_admin_url(), str(undone.duplicate))
        text = _("The merge is undone: there are two records again.")
        messages.success(self.request, text, buttons=[other])
        if left := sorted({_label(change.field) for change in undone.left}):
            text = _("Changed since the merge, and left as it is: %(fields)s.")
            messages.warning(self.request, text % {"fields": ", ".join(left)})

    def page(self, refused: Refused | None) -> HttpResponse:
        later = refused.later if isinstance(refused, MergedOn) else None
        return self.show(
            operation=self.operation,
            contact=self.contact,
            other=_named(self.gone.old),
            refused=refused,
            later=later and reverse("crm_merge:undo", args=[later.pk]),
        )


def _named(old: Any) -> str:
    names = ("family_name", "given_name")
    return str(Contact(**{name: old.get(name) or "" for name in names}))


def _label(column: str) -> str:
    known = {f.attname: f.verbose_name for f in Contact._meta.concrete_fields}
    return capfirst(str(known.get(column, _("Contact point"))))
