"""Plans: levels of a running agreement, and the dated stays of contacts on them."""

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact, OfContactQuerySet


class Plan(models.Model):
    """A subscription or a level of membership, in the site's own words."""

    key = models.SlugField(_("key"), unique=True, max_length=40)
    name = models.CharField(_("name"), max_length=80)
    name_ja = models.CharField(_("Japanese name"), max_length=80, blank=True)
    rank = models.PositiveSmallIntegerField(
        _("level"),
        default=10,
        help_text=_("The higher, the more: from 10 to 20 is a step up."),
    )
    active = models.BooleanField(
        _("active"), default=True, help_text=_("Switching off loses nothing.")
    )

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["rank", "id"]

    def __str__(self) -> str:
        if self.name_ja and (get_language() or "").startswith("ja"):
            return self.name_ja
        return self.name


class PlanPeriodQuerySet(OfContactQuerySet):
    def visible_to(self, user: Any) -> "PlanPeriodQuerySet":
        """Of the contacts that *user* may see, with the right to see plans."""
        if not (user.is_active and user.has_perm("crm_plugin.view_planperiod")):
            return self.none()
        return self.filter(contact__in=Contact.objects.visible_to(user).values("pk"))

    def on(self, day: dt.date) -> "PlanPeriodQuerySet":
        """Those that hold *day*; the last day still counts."""
        until = Q(ended_on=None) | Q(ended_on__gte=day)
        return self.filter(until, started_on__lte=day)


class PlanPeriod(models.Model):
    """A contact's stay on one plan; ``ended_on`` is the last day of it.

    The stays of a contact never overlap. ``came_from`` and ``went_to`` are the plans
    directly before and after: with them a stay says by itself whether it was a step up
    and whether the agreement ended with it.
    """

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="plan_periods"
    )
    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, related_name="periods", verbose_name=_("plan")
    )
    started_on = models.DateField(_("from"))
    ended_on = models.DateField(_("until"), null=True, blank=True)
    came_from = models.ForeignKey(
        Plan,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("plan before"),
    )
    went_to = models.ForeignKey(
        Plan,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("plan after"),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PlanPeriodQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("stay on a plan")
        verbose_name_plural = _("stays on plans")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=models.F("started_on")),
                name="crm_plan_ended_after_started",
            )
        ]
        indexes = [
            models.Index(fields=["plan", "started_on"], name="crm_plan_started"),
            models.Index(fields=["started_on", "contact"], name="crm_plan_day"),
        ]

    def __str__(self) -> str:
        return str(self.plan)

    def get_admin_url(self) -> str:
        return reverse("crm_plan_period:edit", args=[self.pk])

    @property
    def days(self) -> str:
        """From when until when, in words."""
        first = date_format(self.started_on, "SHORT_DATE_FORMAT")
        if self.ended_on is None:
            return gettext("since %(first)s") % {"first": first}
        last = date_format(self.ended_on, "SHORT_DATE_FORMAT")
        return gettext("from %(first)s to %(last)s") % {"first": first, "last": last}

    def touches(self, first: dt.date, last: dt.date | None) -> bool:
        """Whether it holds one of the days from *first* to *last* (None: for ever)."""
        begins_in_time = last is None or self.started_on <= last
        return begins_in_time and (self.ended_on is None or self.ended_on >= first)

    @property
    def ended(self) -> bool:
        """Whether its last day has passed."""
        return self.ended_on is not None and self.ended_on < timezone.localdate()

    @property
    def to_come(self) -> bool:
        return self.started_on > timezone.localdate()

    @property
    def step(self) -> int:
        """1 for a step up from the plan before, -1 for one down, 0 for neither."""
        if self.came_from is None:
            return 0
        before, now = self.came_from.rank, self.plan.rank
        return (now > before) - (now < before)
