from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Contact


class ContactSearchKey(models.Model):
    """Everything a contact is found by, folded (width, case, kana, variants)."""

    contact = models.OneToOneField(
        Contact, on_delete=models.CASCADE, primary_key=True, related_name="search_key"
    )
    folded = models.TextField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("search key")
        verbose_name_plural = _("search keys")

    def __str__(self) -> str:
        return str(self.contact_id)
