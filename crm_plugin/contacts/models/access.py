"""Who saw what is sensitive: append-only, for the owner's eyes."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .organisations import Organisation
from .people import Contact


class SensitiveViewQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        if user.is_active and user.has_perm("crm_plugin.view_sensitiveview"):
            return self
        return self.none()


class SensitiveView(models.Model):
    """One member of staff saw sensitive values of one record, on one screen.

    Of a contact, or of an organisation with its departments.
    """

    class Screen(models.TextChoices):
        RECORD = "record", _("record")
        FORM = "form", _("form")
        EXPORT = "export", _("export")
        MERGE = "merge", _("merge")
        WHY = "why", _("segments, and why")
        CLAIM = "claim", _("what a form said")

    contact = models.ForeignKey(
        Contact,
        null=True,
        on_delete=models.CASCADE,
        related_name="sensitive_views",
        verbose_name=_("contact"),
    )
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        on_delete=models.CASCADE,
        related_name="sensitive_views",
        verbose_name=_("organisation"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("by"),
    )
    screen = models.CharField(_("screen"), max_length=8, choices=Screen)
    keys = models.TextField(_("attributes"), help_text=_("Their keys, never values."))
    at = models.DateTimeField(_("at"), auto_now_add=True)

    objects = SensitiveViewQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("view of sensitive values")
        verbose_name_plural = _("views of sensitive values")
        constraints = [
            models.CheckConstraint(
                name="crm_sensitiveview_one_record",
                condition=models.Q(contact=None, organisation__isnull=False)
                | models.Q(contact__isnull=False, organisation=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact_id or self.organisation_id} {self.keys}"
