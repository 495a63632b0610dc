"""Pairs of contacts that may be one person, and what the search for them remembers."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .people import Contact


class Strength(models.TextChoices):
    """A score in words."""

    VERY_LIKELY = "very_likely", _("very likely")
    LIKELY = "likely", _("likely")
    POSSIBLE = "possible", _("possible")


# From which probability on a pair is kept, by its word.
FLOORS = {
    Strength.VERY_LIKELY: 0.99,
    Strength.LIKELY: 0.9,
    Strength.POSSIBLE: 0.6,
}


class SuspectedPairQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "SuspectedPairQuerySet":
        """Pairs both of whose contacts *user* may see, with the right to see pairs."""
        if not (user.is_active and user.has_perm("crm_plugin.view_suspectedpair")):
            return self.none()
        seen = Contact.objects.visible_to(user)
        if not seen.query.where:
            return self
        return self.filter(lower__in=seen, higher__in=seen)

    def current(self) -> "SuspectedPairQuerySet":
        """Pairs of contacts that are neither archived nor erased."""
        return self.filter(lower__archived_at=None, higher__archived_at=None)

    def open(self) -> "SuspectedPairQuerySet":
        """Pairs that wait for somebody's word."""
        return self.current().filter(dismissed_at=None)

    def of_strength(self, strength: str) -> "SuspectedPairQuerySet":
        """Pairs whose score is said with this word."""
        floor = FLOORS[Strength(strength)]
        higher = [other for other in FLOORS.values() if other > floor]
        rows = self.filter(score__gte=floor)
        return rows.filter(score__lt=min(higher)) if higher else rows


class SuspectedPair(models.Model):
    """Two contacts that may be one person; "not the same" is remembered for ever."""

    lower = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="+", verbose_name=_("contact")
    )
    higher = models.ForeignKey(
        Contact,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("other contact"),
    )
    score = models.FloatField(_("probability"))
    reasons = models.JSONField(_("reasons"), default=list)
    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
    dismissed_at = models.DateTimeField(_("not the same since"), null=True, blank=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("said by"),
    )

    objects = SuspectedPairQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("suspected pair")
        verbose_name_plural = _("suspected pairs")
        constraints = [
            models.UniqueConstraint(fields=["lower", "higher"], name="crm_pair_once"),
            models.CheckConstraint(
                condition=Q(lower__lt=F("higher")), name="crm_pair_in_order"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-score", "id"],
                name="crm_pair_open_idx",
                condition=Q(dismissed_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.lower_id} {self.higher_id}"

    @property
    def strength(self) -> Strength:
        for word, floor in FLOORS.items():
            if self.score >= floor:
                return word
        return Strength.POSSIBLE


class DuplicateKey(models.Model):
    """What one contact could be found by as somebody's double, hashed."""

    pk = models.CompositePrimaryKey("key", "contact_id")
    key = models.BigIntegerField()
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("key for duplicates")
        verbose_name_plural = _("keys for duplicates")

    def __str__(self) -> str:
        return f"{self.key}: {self.contact_id}"


class NameCount(models.Model):
    """How many contacts bear a name (folded) that sounds so; "@…" counts a domain.

    The row with an empty name is the count itself: when, and over how many contacts.
    """

    written = models.CharField(max_length=160)
    sound = models.CharField(max_length=320)
    count = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("count of a name")
        verbose_name_plural = _("counts of names")

    def __str__(self) -> str:
        return f"{self.written} {self.sound}: {self.count}"


class Unsearched(models.Model):
    """A contact that changed since it was last compared with the others; no key."""

    contact_id = models.BigIntegerField(primary_key=True)

    class Meta:
        verbose_name = _("contact to be compared")
        verbose_name_plural = _("contacts to be compared")

    def __str__(self) -> str:
        return str(self.contact_id)
