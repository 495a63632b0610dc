"""Possible sales: the site's own stages, the deals in them, and who is involved."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact, Organisation

from .catalogue import ProductCategory
from .purchases import Purchase


class Named(models.Model):
    """A short list that the site keeps: a key for rules, a name in two languages."""

    key = models.SlugField(_("key"), unique=True, max_length=40)
    name = models.CharField(_("name"), max_length=80)
    name_ja = models.CharField(_("Japanese name"), max_length=80, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        if self.name_ja and (get_language() or "").startswith("ja"):
            return self.name_ja
        return self.name


class DealStage(Named):
    """How far a deal can come: a column of the board."""

    class Kind(models.TextChoices):
        OPEN = "open", pgettext_lazy("deal", "open")
        WON = "won", pgettext_lazy("deal", "won")
        LOST = "lost", pgettext_lazy("deal", "lost")

    kind = models.CharField(
        _("kind"),
        max_length=4,
        choices=Kind,
        default=Kind.OPEN,
        help_text=_("A deal in a won or lost stage is closed."),
    )

    class Meta:
        verbose_name = _("stage of deals")
        verbose_name_plural = _("stages of deals")
        ordering = ["order", "id"]


class LostReason(Named):
    """Why deals are lost, in the site's own words."""

    class Meta:
        verbose_name = _("reason for losing")
        verbose_name_plural = _("reasons for losing")
        ordering = ["order", "id"]


class DealQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "DealQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_deal"):
            return self
        return self.none()

    def open(self) -> "DealQuerySet":
        return self.filter(closed_at=None)

    def won(self) -> "DealQuerySet":
        return self.filter(stage__kind=DealStage.Kind.WON)

    def lost(self) -> "DealQuerySet":
        return self.filter(stage__kind=DealStage.Kind.LOST)

    def of_contact(self, contact_id: int) -> "DealQuerySet":
        """Theirs, and those in which they are involved."""
        involved = DealPerson.objects.filter(contact=contact_id)
        return self.filter(pk__in=involved.values("deal"))


class Deal(models.Model):
    """A possible sale; won and lost are stages, closed is the moment of either.

    Its contact stands among ``people``, too: that table alone answers whose deal it is.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=120)
    contact = models.ForeignKey(
        Contact,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="deals",
        verbose_name=_("contact"),
    )
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="deals",
        verbose_name=_("organisation"),
    )
    amount = models.DecimalField(
        _("amount"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    stage = models.ForeignKey(
        DealStage,
        on_delete=models.PROTECT,
        related_name="deals",
        verbose_name=_("stage of the deal"),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("owner"),
    )
    category = models.ForeignKey(
        ProductCategory,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("category"),
    )
    note = models.TextField(_("note"), blank=True)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    lost_reason = models.ForeignKey(
        LostReason,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deals",
        verbose_name=_("reason for losing"),
    )
    lost_note = models.CharField(_("why exactly"), max_length=300, blank=True)
    purchase = models.ForeignKey(
        Purchase,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="deals",
        verbose_name=_("purchase"),
    )
    key = models.CharField(max_length=80, null=True, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DealQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=models.F("opened_at")),
                name="crm_deal_closed_after_opened",
            )
        ]
        indexes = [
            models.Index(
                fields=["stage", "expected_on"],
                name="crm_deal_open",
                condition=Q(closed_at=None),
            ),
            models.Index(fields=["closed_at", "stage"], name="crm_deal_closed"),
            models.Index(fields=["-opened_at", "-id"], name="crm_deal_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_admin_url(self) -> str:
        return reverse("crm_deal:inspect", args=[self.pk])

    @property
    def who(self) -> Contact | Organisation | None:
        """Whose deal it is, the person first."""
        return self.contact or self.organisation

    @property
    def days(self) -> int:
        """The site's days from opening to closing, or to today."""
        zone = timezone.get_default_timezone()
        end = timezone.localdate(self.closed_at or timezone.now(), zone)
        return (end - timezone.localdate(self.opened_at, zone)).days


class DealPerson(models.Model):
    """Somebody involved in a deal, and as what."""

    class Role(models.TextChoices):
        MAIN = "main", _("main contact")
        DECIDES = "decides", _("decides")
        INFLUENCES = "influences", _("influences")
        USES = "uses", pgettext_lazy("role in decisions", "uses")
        INTRODUCED = "introduced", _("introduced us")
        OTHER = "other", _("otherwise involved")

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="people")
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="deal_roles"
    )
    role = models.CharField(
        _("role in the deal"), max_length=12, choices=Role, default=Role.OTHER
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("person in a deal")
        verbose_name_plural = _("people in deals")
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "deal"], name="crm_deal_person_once"
            )
        ]

    def __str__(self) -> str:
        return self.get_role_display()


class DealStagePeriod(models.Model):
    """A deal's stay in one stage; exactly one is open at any moment."""

    deal = models.ForeignKey(
        Deal, on_delete=models.CASCADE, related_name="stage_periods"
    )
    stage = models.ForeignKey(DealStage, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("stay of a deal in a stage")
        constraints = [
            models.UniqueConstraint(
                fields=["deal"],
                condition=Q(ended_at=None),
                name="crm_deal_stage_one_open",
            )
        ]

    def __str__(self) -> str:
        return str(self.stage)
