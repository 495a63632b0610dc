"""What a form page says around its form; blanks fall back to the CRM settings."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_plugin.conf import CrmSettings
from crm_plugin.delivery.models import Sender


class PageWords:
    """The texts of one form page, read lazily by its template."""

    def __init__(self, page: Any, settings: CrmSettings) -> None:
        self.page, self.settings = page, settings

    @property
    def button(self) -> str:
        return self.page.submit_label or _("Send")

    @property
    def purpose(self) -> str:
        return self.page.purpose_of_use or self.settings.purpose_of_use

    @property
    def phone(self) -> str:
        return self.page.contact_phone or self.settings.phone

    @property
    def answer_promise(self) -> str:
        """When an answer comes, from the hours that the owner promised."""
        if self.page.answer_promise:
            return self.page.answer_promise
        hours = self.settings.due_hours
        return ngettext(
            "We answer within %(hours)d hour.",
            "We answer within %(hours)d hours.",
            hours,
        ) % {"hours": hours}

    @property
    def sender_domain(self) -> str:
        if self.page.sender_domain:
            return self.page.sender_domain
        rows = Sender.objects.filter(is_default=True)
        address = rows.values_list("from_email", flat=True).first() or ""
        return address.rpartition("@")[2]
