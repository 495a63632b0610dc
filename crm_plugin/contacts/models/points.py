"""Ways to reach or recognise a contact, and the ids that merged records left."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Contact


class ContactPoint(models.Model):
    """One e-mail address, phone number, postal address, LINE or SNS id, or card.

    Unique per contact, kind and value; an address may stand on several contacts.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", _("e-mail")
        PHONE = "phone", _("phone")
        POSTAL = "postal", _("postal address")
        LINE = "line", "LINE"
        SNS = "sns", _("SNS id")
        CARD = "card", _("member card")

    class VerifiedBy(models.TextChoices):
        CONFIRMATION = "confirmation", _("confirmed by mail")
        REPLY = "reply", _("replied")
        STAFF = "staff", _("asked by staff")
        IMPORT = "import", _("stated at import")

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="points"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    value = models.CharField(_("value"), max_length=320)
    value_norm = models.CharField(max_length=320, editable=False)
    postal_code = models.CharField(_("postcode"), max_length=10, blank=True)
    prefecture = models.CharField(_("prefecture"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    preferred = models.BooleanField(_("use this one first"), default=False)
    verified_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    verified_by = models.CharField(max_length=14, choices=VerifiedBy, blank=True)
    undeliverable_at = models.DateTimeField(
        _("undeliverable since"), null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "kind", "value_norm"], name="crm_point_once"
            )
        ]
        indexes = [
            models.Index(fields=["kind", "value_norm"], name="crm_point_value_idx"),
            models.Index(
                fields=["prefecture", "city", "contact"],
                name="crm_point_place_idx",
                condition=models.Q(kind="postal"),
            ),
            models.Index(
                fields=["postal_code", "contact"],
                name="crm_point_postcode_idx",
                condition=models.Q(kind="postal"),
            ),
        ]

    def __str__(self) -> str:
        return self.value


class ContactAlias(models.Model):
    """An old id that leads to the surviving contact for ever."""

    old_id = models.BigIntegerField(unique=True)
    old_public_id = models.UUIDField(unique=True)
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="aliases"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("old id")
        verbose_name_plural = _("old ids")

    def __str__(self) -> str:
        return str(self.old_public_id)


class PointAlias(models.Model):
    """An old contact point's id that leads to the equal one it was joined with."""

    old_id = models.BigIntegerField(unique=True)
    point = models.ForeignKey(
        ContactPoint, on_delete=models.CASCADE, related_name="aliases"
    )

    class Meta:
        verbose_name = _("old id of a contact point")
        verbose_name_plural = _("old ids of contact points")

    def __str__(self) -> str:
        return str(self.old_id)
