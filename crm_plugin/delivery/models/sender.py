"""In whose name messages go out."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sender(models.Model):
    """In whose name messages go out, and what the law wants shown in them."""

    name = models.CharField(_("name"), max_length=80)
    from_name = models.CharField(_("from name"), max_length=80)
    from_name_ja = models.CharField(_("Japanese from name"), max_length=80, blank=True)
    from_email = models.EmailField(_("from address"))
    reply_to = models.EmailField(_("replies to"), blank=True)
    organisation = models.CharField(_("responsible business"), max_length=120)
    organisation_ja = models.CharField(
        _("Japanese name of the business"),
        max_length=120,
        blank=True,
        help_text=_("Japanese messages show what is filled in here."),
    )
    postal_address = models.CharField(_("postal address"), max_length=200)
    postal_address_ja = models.CharField(
        _("Japanese postal address"), max_length=200, blank=True
    )
    contact = models.CharField(
        _("where to complain"),
        max_length=200,
        help_text=_("Phone, e-mail or URL; the law asks for it in every newsletter."),
    )
    site = models.ForeignKey(
        "wagtailcore.Site",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("site"),
        help_text=_("Links in its messages lead to this site."),
    )
    is_default = models.BooleanField(_("used for service messages"), default=False)

    class Meta:
        verbose_name = _("sender")
        verbose_name_plural = _("senders")

    def __str__(self) -> str:
        return self.name

    def said(self, field: str, language: str) -> str:
        """*field* as a message in *language* shows it."""
        japanese = getattr(self, f"{field}_ja", "") if language[:2] == "ja" else ""
        return japanese or getattr(self, field)
