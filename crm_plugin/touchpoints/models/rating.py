from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact

from .touchpoint import Touchpoint


class RatingQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "RatingQuerySet":
        """Who may read touchpoints may read what they were rated."""
        if user.is_active and user.has_perm("crm_plugin.view_touchpoint"):
            return self
        return self.none()


class Rating(models.Model):
    """One number that somebody gave us, on one scale; of nobody where it was anonymous.

    It keeps its page and stays, without the person, when the contact is erased: the
    figures of a month do not change afterwards.
    """

    class Scale(models.TextChoices):
        STARS = "stars", _("stars (1 to 5)")
        NPS = "nps", _("would recommend us (0 to 10)")

    contact = models.ForeignKey(
        Contact,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="ratings",
    )
    touchpoint = models.ForeignKey(
        Touchpoint,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="ratings",
    )
    scale = models.CharField(_("scale"), max_length=5, choices=Scale)
    score = models.PositiveSmallIntegerField(_("score"))
    at = models.DateTimeField(_("at"))
    page_id = models.BigIntegerField(null=True)
    page_title = models.CharField(max_length=255, blank=True)
    unverified = models.BooleanField(_("unverified"), default=False)
    key = models.CharField(max_length=80, unique=True)

    objects = RatingQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        indexes = [
            models.Index(fields=["scale", "at"], name="crm_rating_when"),
            models.Index(
                fields=["contact", "scale", "-at"],
                name="crm_rating_contact",
                condition=Q(contact__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(scale="stars", score__range=(1, 5))
                | Q(scale="nps", score__range=(0, 10)),
                name="crm_rating_in_range",
            )
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """The score on its scale: 4 / 5."""
        return f"{self.score} / {5 if self.scale == self.Scale.STARS else 10}"
