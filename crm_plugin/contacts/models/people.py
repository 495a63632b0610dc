"""People and organisations, and how the one belongs to the other."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm_plugin import normalise


class HeardFrom(models.TextChoices):
    """How they first learned of us, in their own answer."""

    SEARCH = "search", _("internet search")
    SNS = "sns", _("social media")
    INTRODUCTION = "introduction", _("introduced by someone")
    PASSING = "passing", _("walked past")
    LEAFLET = "leaflet", _("leaflet or magazine")
    EVENT = "event", _("event or fair")
    OTHER = "other", _("something else")


class RecordQuerySet(models.QuerySet):
    """What contacts and organisations have in common: who may see them."""

    def visible_to(self, user: Any) -> Self:
        """The records that *user* may see; nothing without the view right."""
        permission = f"crm_plugin.view_{self.model._meta.model_name}"
        if user is not None and user.is_active and user.has_perm(permission):
            return self
        return self.none()


class ContactQuerySet(RecordQuerySet):
    def current(self) -> "ContactQuerySet":
        """Contacts that are neither archived nor erased."""
        return self.filter(archived_at=None)

    def known_as(self, pk: int) -> "ContactQuerySet":
        """The contact with this id, or the one that it was merged into."""
        if pk > models.BigIntegerField.MAX_BIGINT:
            return self.none()
        merged = Contact.objects.filter(aliases__old_id=pk).order_by().values("pk")[:1]
        return self.filter(pk=Coalesce(Subquery(merged), Value(pk)))


class OfContactQuerySet(models.QuerySet):
    """Rows that belong to a contact: uses, stages, purchases."""

    def of_current(self) -> Self:
        """Those of contacts that are neither archived nor erased."""
        return self.filter(contact__archived_at=None)


class Contact(models.Model):
    """A person we may speak to."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    family_name = models.CharField(_("family name"), max_length=80, blank=True)
    given_name = models.CharField(_("given name"), max_length=80, blank=True)
    family_kana = models.CharField(_("family name (kana)"), max_length=80, blank=True)
    given_kana = models.CharField(_("given name (kana)"), max_length=80, blank=True)
    birth_on = models.DateField(_("date of birth"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("owner"),
    )
    heard_from = models.CharField(
        _("heard of us from"), max_length=20, choices=HeardFrom, blank=True
    )
    heard_from_note = models.CharField(
        _("heard from: details"), max_length=200, blank=True
    )
    introduced_by = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="introductions",
        # Most have none: an index of all would look useless to the database.
        db_index=False,
        verbose_name=_("introduced by"),
    )
    note = models.TextField(_("note"), blank=True)
    confirmed_at = models.DateTimeField(
        _("confirmed at"),
        null=True,
        blank=True,
        help_text=_("Empty: provisional, known only from an unconfirmed form."),
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)

    objects = ContactQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        permissions = [
            ("export_contact", _("Can export contacts")),
            ("import_contact", _("Can import contacts")),
            ("merge_contact", _("Can merge contacts")),
            ("view_sensitive", _("Can see sensitive attributes")),
        ]
        indexes = [
            models.Index(fields=["family_kana", "given_kana"], name="crm_contact_kana"),
            models.Index(fields=["-created_at", "-id"], name="crm_contact_created"),
            models.Index(fields=["heard_from", "id"], name="crm_contact_heard"),
            models.Index(
                fields=["introduced_by"],
                name="crm_contact_introduced",
                condition=models.Q(introduced_by__isnull=False),
            ),
            models.Index(
                fields=["-archived_at", "-id"],
                name="crm_contact_archived",
                condition=models.Q(archived_at__isnull=False),
            ),
            models.Index(
                fields=["id"],
                name="crm_contact_provisional",
                condition=models.Q(confirmed_at=None),
            ),
            # Everybody whom rules choose from, without a look at the row.
            models.Index(
                fields=["id"],
                name="crm_contact_current",
                condition=models.Q(archived_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(_("(no name)"))

    @property
    def name(self) -> str:
        """Family name first where either name is Japanese, else given name first."""
        return normalise.in_order(self.family_name, self.given_name)

    @property
    def kana(self) -> str:
        return " ".join(part for part in (self.family_kana, self.given_kana) if part)

    @property
    def provisional(self) -> bool:
        return self.confirmed_at is None

    def get_admin_url(self) -> str:
        return reverse("crm_contact:inspect", args=[self.pk])


class FirstTouch(models.Model):
    """Source: where the first recorded contact came from; set once."""

    contact = models.OneToOneField(
        Contact, on_delete=models.CASCADE, primary_key=True, related_name="first_touch"
    )
    channel = models.CharField(_("channel"), max_length=20)
    campaign = models.CharField("utm_campaign", max_length=120, blank=True)
    medium = models.CharField("utm_medium", max_length=120, blank=True)
    source = models.CharField("utm_source", max_length=120, blank=True)
    referrer = models.CharField(_("referrer"), max_length=500, blank=True)
    landing_url = models.CharField(_("landing page"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        indexes = [
            models.Index(fields=["source", "contact"], name="crm_first_source"),
            models.Index(fields=["channel", "contact"], name="crm_first_channel"),
            models.Index(fields=["campaign", "contact"], name="crm_first_campaign"),
            models.Index(fields=["at", "contact"], name="crm_first_at"),
        ]

    def __str__(self) -> str:
        return self.source or self.channel
