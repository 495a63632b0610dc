"""Organisations, their departments, and the dated places of contacts in them."""

import datetime as dt
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_plugin.conf import CrmSettings

from .people import Contact, RecordQuerySet


class OrganisationQuerySet(RecordQuerySet):
    def visible_to(self, user: Any) -> Self:
        """None at all where a site sells to consumers only."""
        if CrmSettings.load().consumers_only:
            return self.none()
        return super().visible_to(user)

    def current(self) -> Self:
        return self.filter(archived_at=None)


class Organisation(models.Model):
    """A corporate customer."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    kana = models.CharField(_("name (kana)"), max_length=200, blank=True)
    name_norm = models.CharField(
        max_length=200, db_index=True, blank=True, editable=False
    )
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    phone_norm = models.CharField(
        max_length=40, db_index=True, blank=True, editable=False
    )
    website = models.URLField(_("website"), blank=True)
    postal_code = models.CharField(_("postcode"), max_length=10, blank=True)
    address = models.CharField(_("postal address"), max_length=300, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("owner"),
    )
    note = models.TextField(_("note"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)

    objects = OrganisationQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name

    def get_admin_url(self) -> str:
        return reverse("crm_organisation:inspect", args=[self.pk])


class DepartmentQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The departments of the organisations that *user* may see."""
        seen = Organisation.objects.visible_to(user)
        return self.filter(organisation__in=seen.values("pk"))


class Department(models.Model):
    """A part of an organisation."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="departments"
    )
    name = models.CharField(_("name"), max_length=120)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], name="crm_department_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class AffiliationQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Who may see the person and the organisation sees that they belong together."""
        people = Contact.objects.visible_to(user)
        seen = Organisation.objects.visible_to(user)
        return self.filter(
            contact__in=people.values("pk"), organisation__in=seen.values("pk")
        )

    def of_people(self) -> Self:
        """Those of contacts that are neither archived nor erased."""
        return self.filter(contact__archived_at=None)

    def current(self, on: dt.date | None = None) -> Self:
        """Not ended on the day *on* (today); the last day still counts."""
        day = on or timezone.localdate()
        return self.filter(Q(ended_on=None) | Q(ended_on__gte=day))

    def earlier(self) -> Self:
        return self.filter(ended_on__lt=timezone.localdate())

    def by_role(self) -> Self:
        """Who decides first, then who influences, who uses, and the others."""
        order = [
            When(authority=authority, then=Value(place))
            for place, authority in enumerate(Affiliation.Authority.values)
        ]
        role = Case(*order, default=Value(len(order)))
        return self.order_by(role, "contact__family_kana", "contact_id", "id")


class Affiliation(models.Model):
    """A contact's dated place in an organisation."""

    class Authority(models.TextChoices):
        DECIDES = "decides", _("decides")
        INFLUENCES = "influences", _("influences")
        USES = "uses", pgettext_lazy("role in decisions", "uses")

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="affiliations"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="affiliations"
    )
    department = models.ForeignKey(
        Department,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="affiliations",
        verbose_name=_("department"),
    )
    title = models.CharField(_("job title"), max_length=80, blank=True)
    authority = models.CharField(
        _("decision authority"), max_length=12, choices=Authority, blank=True
    )
    budget = models.DecimalField(
        _("budget"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    started_on = models.DateField(_("from"), null=True, blank=True)
    ended_on = models.DateField(_("until"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AffiliationQuerySet.as_manager()

    class Meta:
        verbose_name = _("affiliation")
        verbose_name_plural = _("affiliations")

    def __str__(self) -> str:
        return f"{self.organisation} {self.title}".strip()

    @property
    def ended(self) -> bool:
        """Whether its last day has passed."""
        return self.ended_on is not None and self.ended_on < timezone.localdate()
