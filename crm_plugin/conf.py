"""Settings: operators set flat Django settings ``CRM_*``; owners edit one row.

``setting("CRM_DORMANT_DAYS")`` is read at call time, never frozen at import.
"""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from crm_plugin import once

DEFAULTS: dict[str, Any] = {
    "CRM_DORMANT_DAYS": 180,
    "CRM_LOST_DAYS": 540,
    "CRM_NEW_DAYS": 90,
    "CRM_TOP_PERCENT": 20,
    "CRM_LTV_YEARS": 3,
    "CRM_MARGIN_PERCENT": 30,
    "CRM_USE_COUNTS": "both",
    "CRM_CAPTURE": "request",
    "CRM_BROKER": "database",
    "CRM_CURRENCY": "JPY",
    "CRM_PHONE_REGION": "JP",
    "CRM_ANSWER_HOURS": 24,
    "CRM_LAUNCH_GRACE_SECONDS": 60,
    "CRM_CONFIRM_DAYS": 7,
    "CRM_PROVISIONAL_DAYS": 90,
    "CRM_VERIFIED_DAYS": 30,
    "CRM_COOKIE_MINUTES": 15,
    "CRM_SEND_PER_MINUTE": 600,
    "CRM_FREQUENCY_CAP": 0,
    "CRM_LEGAL_PROFILE": "jp",
    "CRM_LINK_KEY": "",
    "CRM_TRACK_CLICKS": True,
    "CRM_UPLOAD_MAX_MB": 20,
    "CRM_PRIVATE_ROOT": "",
    "CRM_WORK_SLICE_SECONDS": 20,
    "CRM_WORK_LEASE_SECONDS": 120,
    "CRM_WORK_MAX_STARTS": 5,
    "CRM_TRUSTED_PROXIES": 0,
    "CRM_PERSONALISATION": "server",
    "CRM_RATE_LIMIT_POSTS": 20,
    "CRM_RATE_LIMIT_BROWSER": 10,
    "CRM_RATE_LIMIT_ADDRESS": 5,
    "CRM_PROOF_OF_WORK": 0,
    "CRM_SPAM_DAYS": 30,
    "CRM_RECOGNISE": "",
    "CRM_BEHAVIOUR_DAYS": 365,
    "CRM_MEMBER_LOG_DAYS": 365,
    "CRM_FORM_MIN_SECONDS": 2,
    "CRM_HOLIDAYS": "crm_plugin.bookings.holidays.japan",
    "CRM_WAITING_MINUTES": 60,
}


# Currencies whose amounts are whole.
WITHOUT_CENTS = {"JPY", "KRW", "VND"}
SIGNS = {"JPY": "¥", "EUR": "€", "GBP": "£", "USD": "$"}


def setting(name: str) -> Any:
    """The operator's value of *name*, else the plugin's default.

    Raises ``KeyError`` for a name that is not a setting of the plugin.
    """
    return getattr(settings, name, DEFAULTS[name])


def smallest_amount() -> Decimal:
    """The smallest amount that the installation's currency knows."""
    whole = setting("CRM_CURRENCY") in WITHOUT_CENTS
    return Decimal(1) if whole else Decimal("0.01")


def format_money(amount: Any) -> str:
    """``¥1,200``, ``−¥1,200`` for a return; "" for nothing known."""
    if amount is None or amount == "":
        return ""
    currency = setting("CRM_CURRENCY")
    value = Decimal(amount)
    places = 0 if currency in WITHOUT_CENTS and value == value.to_integral() else 2
    number = number_format(abs(value), places, use_l10n=True, force_grouping=True)
    sign = SIGNS.get(currency, f"{currency} ")
    return f"{'−' if value < 0 else ''}{sign}{number}"


class CrmSettings(models.Model):
    """The one row that owners edit in the admin; blanks mean the default."""

    business_name = models.CharField(_("business name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    answer_hours = models.PositiveSmallIntegerField(
        _("answer within (hours)"), null=True, blank=True
    )
    fiscal_year_start = models.PositiveSmallIntegerField(
        _("fiscal year starts in month"),
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    consumers_only = models.BooleanField(
        _("consumers only"),
        default=False,
        help_text=_("Hides organisations everywhere."),
    )
    dormant_days = models.PositiveSmallIntegerField(
        _("dormant after (days)"), null=True, blank=True
    )
    lost_days = models.PositiveSmallIntegerField(
        _("lost after (days)"), null=True, blank=True
    )
    ltv_years = models.DecimalField(
        _("expected years of a relation"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("For the simple lifetime value on the record."),
    )
    margin_percent = models.DecimalField(
        _("margin (per cent)"),
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("What is left of a sale, for the lifetime value."),
    )
    provisional_days = models.PositiveSmallIntegerField(
        _("forget provisional contacts after (days)"),
        null=True,
        blank=True,
        help_text=_(
            "Known only from a form that nobody confirmed, with nothing else on record."
            " 0: never."
        ),
    )
    notices_to = models.EmailField(
        _("new inquiries are announced to"),
        blank=True,
        help_text=_(
            "Where nobody looks after the contact. Empty: the sender's address."
        ),
    )
    purpose_of_use = models.TextField(
        _("purpose of use"),
        blank=True,
        help_text=_("Stands beside the button of every form."),
    )

    class Meta:
        verbose_name = _("CRM settings")
        verbose_name_plural = _("CRM settings")

    def __str__(self) -> str:
        return str(_("CRM settings"))

    @classmethod
    def load(cls) -> "CrmSettings":
        """The installation's row, unsaved defaults before anybody edited it."""
        return once.one("settings", lambda: cls.objects.first() or cls())

    @property
    def due_hours(self) -> int:
        return self.answer_hours or setting("CRM_ANSWER_HOURS")

    @property
    def dormant_after(self) -> int:
        return self.dormant_days or setting("CRM_DORMANT_DAYS")

    @property
    def lost_after(self) -> int:
        return self.lost_days or setting("CRM_LOST_DAYS")

    @property
    def provisional_for(self) -> int:
        """After how many days provisional contacts are forgotten; 0: never."""
        days = self.provisional_days
        return setting("CRM_PROVISIONAL_DAYS") if days is None else days

    @property
    def years_expected(self) -> Decimal:
        return Decimal(self.ltv_years or setting("CRM_LTV_YEARS"))

    @property
    def margin(self) -> Decimal:
        """The share of a sale that is left, such as 0.3."""
        known = self.margin_percent
        percent = setting("CRM_MARGIN_PERCENT") if known is None else known
        return Decimal(percent) / 100
