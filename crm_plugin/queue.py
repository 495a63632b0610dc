"""The queue: long work as rows, wake-ups through django-q2, one heartbeat.

The only module that knows django-q2. Our tables carry the truth, the queue carries
wake-ups: losing or doubling one costs a moment, never a message.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


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


class Heartbeat(models.Model):
    """When a worker was last seen alive."""

    name = models.CharField(max_length=80, unique=True)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name


def wake(name: str) -> None:
    """Ask a worker, after this transaction, to run the chore or work called *name*."""


def chore(name: str, *, every: int):
    """Register a recurring function: run on ``wake(name)`` and every so many seconds."""

    def register(function):
        return function

    return register
