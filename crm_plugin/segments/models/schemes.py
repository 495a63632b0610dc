"""Schemes: segments in an order, of which everybody is in exactly one."""

from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class SegmentSchemeQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "SegmentSchemeQuerySet":
        """A scheme tells no more than its classes, which are looked at one by one."""
        if user is None or not user.is_active:
            return self.none()
        return self if user.has_perm("crm_plugin.view_segment") else self.none()


class SegmentScheme(models.Model):
    """Classes that do not overlap: stages, A/B/C, RFM, or a shop's own.

    The first class in order whose rule is true takes a contact; the rest takes
    everybody else.
    """

    key = models.SlugField(_("key"), unique=True, max_length=60)
    name = models.CharField(_("name"), max_length=80)
    name_ja = models.CharField(_("Japanese name"), max_length=80, blank=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = SegmentSchemeQuerySet.as_manager()

    class Meta:
        verbose_name = _("segment scheme")
        verbose_name_plural = _("segment schemes")
        ordering = ["name"]

    def __str__(self) -> str:
        if self.name_ja and (get_language() or "").startswith("ja"):
            return self.name_ja
        return self.name
