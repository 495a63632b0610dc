from django.db import models
from django.utils.translation import gettext_lazy as _


class ContactChange(models.Model):
    """Change feed: something about this contact changed; append-only, no key."""

    contact_id = models.BigIntegerField()
    aspect = models.CharField(max_length=40)
    at = models.DateTimeField(auto_now_add=True)
    step = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="The one room that could not work it in yet; empty: all of them.",
    )

    class Meta:
        verbose_name = _("change of a contact")
        verbose_name_plural = _("changes of contacts")

    def __str__(self) -> str:
        return f"{self.contact_id} {self.aspect}"
