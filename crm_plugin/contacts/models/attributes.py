"""Attributes that staff add without code, and their values as rows."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .organisations import Department, Organisation
from .people import Contact

# Whose values one definition holds, where that is more than what it is called after.
NOUNS = {"both": ("contact", "organisation")}


class AttributeQuerySet(models.QuerySet):
    def active(self) -> "AttributeQuerySet":
        return self.filter(active=True)

    def readable_by(self, user: Any) -> "AttributeQuerySet":
        """Without the right, sensitive attributes do not exist."""
        if user is None or not user.is_active:
            return self.none()
        if user.has_perm("crm_plugin.view_sensitive"):
            return self
        return self.filter(sensitive=False)

    def describing(self, noun: str) -> "AttributeQuerySet":
        """Those of *noun* (contact, organisation or department)."""
        wanted = [noun]
        if noun in NOUNS["both"]:
            wanted.append(AttributeDefinition.Describes.BOTH)
        return self.filter(describes__in=wanted)


class AttributeDefinition(models.Model):
    """A field of contacts, organisations or departments."""

    class Type(models.TextChoices):
        TEXT = "text", _("short text")
        LONG_TEXT = "long_text", _("long text")
        NUMBER = "number", _("number")
        YES_NO = "yes_no", _("yes or no")
        DATE = "date", _("date")
        CHOICE = "choice", _("one choice")
        MULTI_CHOICE = "multi_choice", _("several choices")

    class Describes(models.TextChoices):
        CONTACT = "contact", _("contacts")
        ORGANISATION = "organisation", _("organisations")
        DEPARTMENT = "department", _("departments")
        BOTH = "both", _("contacts and organisations")

    class Area(models.TextChoices):
        BASIC = "basic", _("basic")
        ONLINE = "online", _("online behaviour")
        HUMAN = "human", _("human contact")
        CONTINUED = "continued", _("continued use")

    key = models.SlugField(
        _("key"),
        unique=True,
        max_length=40,
        help_text=_("Used by imports and merge tags; never changes."),
    )
    label = models.CharField(_("name"), max_length=80)
    label_ja = models.CharField(_("Japanese name"), max_length=80, blank=True)
    help_text = models.CharField(_("help text"), max_length=200, blank=True)
    type = models.CharField(_("type"), max_length=12, choices=Type)
    describes = models.CharField(
        _("describes"), max_length=12, choices=Describes, default=Describes.CONTACT
    )
    area = models.CharField(
        _("data area"), max_length=10, choices=Area, default=Area.BASIC
    )
    sensitive = models.BooleanField(
        _("sensitive"),
        default=False,
        help_text=_("Only roles with the right see, filter, import or export it."),
    )
    purpose = models.CharField(
        _("purpose"),
        max_length=200,
        blank=True,
        help_text=_("Why it is asked; required when sensitive."),
    )
    dated = models.BooleanField(
        _("one value per period"), default=False, help_text=_("Such as yearly sales.")
    )
    active = models.BooleanField(
        _("active"), default=True, help_text=_("Switching off loses nothing.")
    )
    group = models.CharField(_("group"), max_length=80, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    objects = AttributeQuerySet.as_manager()

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ["order", "label"]

    def __str__(self) -> str:
        return self.display_label

    @property
    def display_label(self) -> str:
        """The label in the reader's language."""
        if self.label_ja and (get_language() or "").startswith("ja"):
            return self.label_ja
        return self.label

    @property
    def nouns(self) -> tuple[str, ...]:
        """Whose records can hold a value."""
        return NOUNS.get(self.describes, (self.describes,))

    @property
    def classifiable(self) -> bool:
        """Numbers, dates, choices, yes or no: each value sorts people into groups.

        The others are individual: somebody's own words, which are found by search.
        """
        return self.type not in (self.Type.TEXT, self.Type.LONG_TEXT)

    @property
    def column(self) -> str:
        """The value column that this type fills."""
        return {
            self.Type.TEXT: "text",
            self.Type.LONG_TEXT: "long_text",
            self.Type.NUMBER: "number",
            self.Type.YES_NO: "number",
            self.Type.DATE: "date",
            self.Type.CHOICE: "choice",
            self.Type.MULTI_CHOICE: "choice",
        }[self.Type(self.type)]


class AttributeChoice(models.Model):
    """One answer of a choice attribute; its key never changes."""

    definition = models.ForeignKey(
        AttributeDefinition, on_delete=models.CASCADE, related_name="choices"
    )
    key = models.SlugField(_("key"), max_length=32)
    label = models.CharField(_("name"), max_length=80)
    label_ja = models.CharField(_("Japanese name"), max_length=80, blank=True)
    active = models.BooleanField(_("active"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["definition", "key"], name="crm_choice_once"
            )
        ]

    def __str__(self) -> str:
        if self.label_ja and (get_language() or "").startswith("ja"):
            return self.label_ja
        return self.label


VALUE_COLUMNS = ("number", "text", "date", "choice", "long_text")


def _exactly_one_value() -> Q:
    """A constraint's condition: one value column is filled, the others are null."""
    condition = Q()
    for column in VALUE_COLUMNS:
        others = {f"{name}__isnull": name != column for name in VALUE_COLUMNS}
        condition |= Q(**others)
    return condition


class AttributeValue(models.Model):
    """One value of one owner; ``slot`` tells ticks and periods apart."""

    definition = models.ForeignKey(
        AttributeDefinition, on_delete=models.CASCADE, related_name="+"
    )
    slot = models.CharField(max_length=32, blank=True, default="")
    number = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    text = models.CharField(max_length=200, null=True)
    date = models.DateField(null=True)
    choice = models.ForeignKey(
        AttributeChoice, null=True, on_delete=models.PROTECT, related_name="+"
    )
    long_text = models.TextField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    wagtail_reference_index_ignore = True

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "definition", "slot"], name="crm_%(class)s_once"
            ),
            models.CheckConstraint(
                condition=_exactly_one_value(), name="crm_%(class)s_one_value"
            ),
        ]
        indexes = [
            *(
                models.Index(
                    fields=["definition", column, "owner"],
                    name=f"crm_%(class)s_{column[:3]}",
                    condition=Q(**{f"{column}__isnull": False}),
                )
                for column in ("number", "text", "date", "choice")
            ),
            models.Index(
                fields=["definition", "updated_at", "owner"], name="crm_%(class)s_upd"
            ),
        ]

    @property
    def value(self) -> Any:
        return getattr(self, self.definition.column)


class ContactValue(AttributeValue):
    owner = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="values")

    class Meta(AttributeValue.Meta):
        verbose_name = _("attribute value of a contact")


class OrganisationValue(AttributeValue):
    owner = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="values"
    )

    class Meta(AttributeValue.Meta):
        verbose_name = _("attribute value of an organisation")


class DepartmentValue(AttributeValue):
    owner = models.ForeignKey(
        Department, on_delete=models.CASCADE, related_name="values"
    )

    class Meta(AttributeValue.Meta):
        verbose_name = _("attribute value of a department")
