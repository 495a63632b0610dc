"""Scores: a number of points for each contact, described by lines."""

import uuid
from typing import Any

from django.db import models
from django.utils.text import slugify
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from crm_plugin import rules
from crm_plugin.contacts.models import Contact

from .blocks import LinesField
from .lines import Line, read


class ScoreQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "ScoreQuerySet":
        """Without the right, scores that read something sensitive do not exist."""
        if user is None or not user.is_active:
            return self.none()
        if not user.has_perm("crm_plugin.view_score"):
            return self.none()
        if user.has_perm("crm_plugin.view_sensitive"):
            return self
        return self.filter(reads_sensitive=False)

    def in_force(self) -> "ScoreQuerySet":
        return self.filter(active=True)


class Score(models.Model):
    """Points for what is true of a contact, and for what they did, summed up.

    Values are stored, never worked out on request. One row per contact would tell the
    same moment again and again: ``refreshed_at`` tells it once for all of them.
    """

    key = models.SlugField(_("key"), unique=True, max_length=60, blank=True)
    name = models.CharField(_("name"), max_length=80)
    name_ja = models.CharField(_("Japanese name"), max_length=80, blank=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    lines = LinesField(verbose_name=pgettext_lazy("score", "lines"))
    active = models.BooleanField(_("active"), default=True)
    reads_sensitive = models.BooleanField(default=False, editable=False)
    next_change_at = models.DateTimeField(null=True, editable=False)
    refreshed_at = models.DateTimeField(
        _("refreshed at"), null=True, blank=True, editable=False
    )
    frozen_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("Since when a line cannot be evaluated; the points stay."),
    )
    spread = models.JSONField(default=dict, blank=True, editable=False)
    spread_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text=_("When the contacts with so many points were counted."),
    )

    objects = ScoreQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("points", "score")
        verbose_name_plural = _("scores")
        ordering = ["name"]

    def __str__(self) -> str:
        if self.name_ja and (get_language() or "").startswith("ja"):
            return self.name_ja
        return self.name or gettext("(no name yet)")

    @property
    def read_lines(self) -> list[Line]:
        return read(self.lines)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Give it a key, and note whether a line reads something sensitive."""
        self.key = self.key or _key_for(self)
        if kwargs.get("update_fields") is None:
            self.reads_sensitive = any(
                rules.reads_sensitive(line.tree) for line in self.read_lines
            )
        super().save(*args, **kwargs)


def _key_for(score: Score) -> str:
    """A key from the name that no other score has; names may be Japanese."""
    base = slugify(score.name)[:48] or "score"
    free = base != "score" and not Score.objects.filter(key=base).exists()
    return base if free else f"{base}-{uuid.uuid4().hex[:8]}"


class ContactScore(models.Model):
    """The points of one contact in one score; who has none has no row."""

    pk = models.CompositePrimaryKey("score_id", "contact_id")
    score = models.ForeignKey(
        Score,
        on_delete=models.CASCADE,
        related_name="values",
        db_constraint=False,
        db_index=False,
    )
    contact = models.ForeignKey(
        Contact,
        on_delete=models.CASCADE,
        related_name="scores",
        db_constraint=False,
    )
    value = models.IntegerField(_("points"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("points in a score")
        verbose_name_plural = _("points in scores")
        indexes = [
            models.Index(fields=["score", "value", "contact"], name="crm_score_value")
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.score_id}: {self.value}"
