"""How far each relation has come: uses and dated stages."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact, OfContactQuerySet


class Stage(models.TextChoices):
    NEW = "new", _("new")
    PROSPECT = "prospect", _("prospect")
    FIRST = "first", _("first use")
    SECOND = "second", _("second use")
    ESTABLISHED = "established", _("established")
    DORMANT = "dormant", _("dormant")
    LOST = "lost", _("lost")


class Use(models.Model):
    """One day on which a contact used us: purchases net above 0, attended bookings."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="uses")
    on = models.DateField(_("day"))
    number = models.PositiveIntegerField(
        _("which use"), help_text=_("1 for the first.")
    )
    amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)

    objects = OfContactQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("use")
        verbose_name_plural = _("uses")
        constraints = [
            models.UniqueConstraint(fields=["contact", "on"], name="crm_use_once")
        ]
        indexes = [models.Index(fields=["on", "contact"], name="crm_use_day")]

    def __str__(self) -> str:
        return str(self.on)


class UseCategory(models.Model):
    """Which categories a use touched (lunch, dinner …)."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    on = models.DateField()
    category = models.ForeignKey(
        "crm_plugin.ProductCategory", on_delete=models.CASCADE, related_name="+"
    )

    objects = OfContactQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("category of a use")
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "on", "category"], name="crm_use_category_once"
            )
        ]
        indexes = [
            models.Index(fields=["category", "on", "contact"], name="crm_use_cat_day")
        ]

    def __str__(self) -> str:
        return str(self.on)


class ContactUses(models.Model):
    """Summary of uses; written only by this room's set-based verb."""

    contact = models.OneToOneField(
        Contact, on_delete=models.CASCADE, primary_key=True, related_name="use_summary"
    )
    count = models.PositiveIntegerField(default=0)
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    usual_gap_days = models.PositiveIntegerField(null=True)
    late_on = models.DateField(
        null=True,
        help_text=_("From here on they are late for their own rhythm."),
    )

    objects = OfContactQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("uses of a contact")
        indexes = [
            models.Index(fields=["count", "last_on", "contact"], name="crm_uses_count"),
            models.Index(
                fields=["late_on", "contact"],
                name="crm_uses_late",
                condition=Q(late_on__isnull=False),
            ),
            models.Index(
                fields=["usual_gap_days", "contact"],
                name="crm_uses_gap",
                condition=Q(usual_gap_days__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.count)


class StagePeriod(models.Model):
    """A contact's stay in one stage; exactly one is open at any moment."""

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="stage_periods"
    )
    stage = models.CharField(_("stage"), max_length=12, choices=Stage)
    started_on = models.DateField()
    ended_on = models.DateField(null=True)

    objects = OfContactQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        constraints = [
            models.UniqueConstraint(
                fields=["contact"],
                condition=Q(ended_on=None),
                name="crm_stage_one_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["stage", "contact"],
                name="crm_stage_current",
                condition=Q(ended_on=None),
            ),
            models.Index(fields=["contact", "started_on"], name="crm_stage_contact"),
        ]

    def __str__(self) -> str:
        return self.stage
