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


class ContactSearchStart(models.Model):
    """The first two characters of a name: what one or two typed characters find."""

    pk = models.CompositePrimaryKey("start", "contact_id")
    start = models.CharField(max_length=2)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("search start")
        verbose_name_plural = _("search starts")

    def __str__(self) -> str:
        return f"{self.start}: {self.contact_id}"
