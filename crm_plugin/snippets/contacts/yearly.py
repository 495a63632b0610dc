"""Yearly values of a contact."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crm_plugin.contacts.models import Contact
from crm_plugin.snippets.years import YearsView


class ContactYearsView(YearsView):
    model = Contact
    noun = "contact"
    header_icon = "user"

    @cached_property
    def row(self) -> Contact:
        rows = Contact.objects.visible_to(self.request.user)
        return get_object_or_404(rows.known_as(self.kwargs["pk"]))

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        contacts = {"url": reverse("crm_contact:index"), "label": _("Contacts")}
        person = {"url": self.row.get_admin_url(), "label": str(self.row)}
        here = {"url": "", "label": str(self.get_page_title())}
        return [*self.breadcrumbs_items, contacts, person, here]
