import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_plugin.contacts.models import Contact

from .inquiry import Inquiry
from .touchpoint import Channel, Phase


class FollowUpQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "FollowUpQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_followup"):
            return self
        return self.none()

    def open(self) -> "FollowUpQuerySet":
        return self.filter(done_at=None)

    def at_hand(self, on: dt.date) -> "FollowUpQuerySet":
        """Open ones by their day, then those ticked off on day *on*, to be undone."""
        zone = timezone.get_default_timezone()
        start = dt.datetime.combine(on, dt.time.min, tzinfo=zone)
        rows = self.filter(Q(done_at=None) | Q(done_at__gte=start))
        return rows.order_by(F("done_at").desc(nulls_first=True), "due_on", "id")


class FollowUp(models.Model):
    """A dated next step for a member of staff."""

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="follow_ups"
    )
    inquiry = models.ForeignKey(
        Inquiry,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="follow_ups",
    )
    due_on = models.DateField(_("due on"))
    what = models.CharField(_("what to do"), max_length=200)
    channel = models.CharField(
        pgettext_lazy("channel", "by"), max_length=8, choices=Channel, blank=True
    )
    phase = models.CharField(_("phase"), max_length=10, choices=Phase, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("owner"),
    )
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FollowUpQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        indexes = [
            models.Index(
                fields=["due_on"], name="crm_followup_open", condition=Q(done_at=None)
            ),
            models.Index(
                fields=["-done_at"],
                name="crm_followup_done",
                condition=Q(done_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.what
