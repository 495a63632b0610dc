"""Who asked for a link to the preferences; gone once it is answered."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LinkRequest(models.Model):
    """An address that somebody typed: whether we know it is looked up by the worker,
    so that the page answers alike, in words and in time, for every address."""

    address_norm = models.CharField(max_length=320, unique=True)
    language = models.CharField(max_length=10, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("request for a link")
        verbose_name_plural = _("requests for a link")

    def __str__(self) -> str:
        return str(self.pk)
