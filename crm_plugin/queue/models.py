"""Long work as rows, and when workers and chores were last seen."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_plugin.conf import setting


class LostLease(Exception):
    """Another worker continues this work; stop without writing."""


class WorkQuerySet(models.QuerySet):
    def takeable(self, now: dt.datetime) -> "WorkQuerySet":
        """Open work that nobody holds and whose time has come."""
        return self.filter(
            Q(lease_until=None) | Q(lease_until__lt=now),
            Q(not_before=None) | Q(not_before__lte=now),
            state__in=Work.OPEN,
        )

    def visible_to(self, user: Any) -> "WorkQuerySet":
        """Progress of one's own work; of all work with the right to see it."""
        if user.has_perm("crm_plugin.view_work"):
            return self
        return self.filter(by=user)


class Work(models.Model):
    """One piece of long work, continued by any worker in slices."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(_("key"), max_length=80)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.WAITING
    )
    position = models.BigIntegerField(_("position"), default=0)
    total = models.BigIntegerField(_("total"), default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    result = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    OPEN = (State.WAITING, State.RUNNING)
    objects = WorkQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("work")
        verbose_name_plural = _("work")
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="crm_work_once")
        ]
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="crm_work_open_idx",
                condition=models.Q(state__in=["waiting", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def percent(self) -> int:
        """Progress in whole per cent; 0 while the total is unknown."""
        return min(100, self.position * 100 // self.total) if self.total else 0

    def advance(
        self, position: int, *, total: int | None = None, result: dict | None = None
    ) -> None:
        """Save the position and renew the lease.

        Raises ``LostLease`` when another worker took over (this one slept too long).
        """
        self.position = position
        self.total = self.total if total is None else total
        self.result = self.result if result is None else result
        lease = dt.timedelta(seconds=setting("CRM_WORK_LEASE_SECONDS"))
        self._write(
            position=self.position,
            total=self.total,
            result=self.result,
            attempts=0,
            lease_until=timezone.now() + lease,
        )

    def release(self, *, done: bool = False, error: str = "") -> None:
        """Give the lease back: finished, or for the next slice, or after an error."""
        now = timezone.now()
        values: dict[str, Any] = {"lease_until": None, "error": error}
        if done:
            values |= {"state": self.State.DONE, "finished_at": now}
        elif error:
            values["lease_until"] = now + dt.timedelta(seconds=2**self.attempts)
        else:
            values["attempts"] = 0
        self._write(**values)

    def _write(self, **values: Any) -> None:
        if not Work.objects.filter(pk=self.pk, fence=self.fence).update(**values):
            raise LostLease


class Heartbeat(models.Model):
    """When a worker was last seen alive."""

    name = models.CharField(max_length=80, unique=True)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name
