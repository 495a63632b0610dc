"""The simple lifetime value on the record, with each factor and where it comes from.

Amount per use × uses per year × expected years × margin (design section 5, LTV 2).
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_plugin.conf import CrmSettings
from crm_plugin.sales.models import ContactSales

from .models import ContactUses

YEAR = Decimal(365)


@dataclass(frozen=True)
class Ltv:
    """Four factors, in words of where each was taken from."""

    per_use: Decimal
    per_year: Decimal
    years: Decimal
    margin: Decimal
    per_use_from: str
    per_year_from: str
    years_from: str
    margin_from: str

    @property
    def value(self) -> Decimal:
        return _whole(self.per_use * self.per_year * self.years * self.margin)

    @property
    def margin_percent(self) -> Decimal:
        return self.margin * 100


def simple(uses: ContactUses | None, sales: ContactSales | None) -> Ltv | None:
    """The lifetime value of who has used us and paid for it; None for others."""
    if not uses or not uses.count or not sales or sales.net <= 0:
        return None
    settings = CrmSettings.load()
    per_year, per_year_from = _uses_per_year(uses)
    theirs = (settings.ltv_years, settings.margin_percent)
    ours = _("default of the installation")
    years_from, margin_from = (
        ours if known is None else _("CRM settings") for known in theirs
    )
    text = ngettext("net sales ÷ %(n)d use", "net sales ÷ %(n)d uses", uses.count) % {
        "n": uses.count
    }
    return Ltv(
        _whole(sales.net / uses.count),
        per_year,
        settings.years_expected,
        settings.margin,
        text,
        per_year_from,
        years_from,
        margin_from,
    )


def _whole(amount: Decimal) -> Decimal:
    """To whole units: an estimate has no cents."""
    return amount.quantize(Decimal(1), rounding=ROUND_HALF_UP)


def _uses_per_year(uses: ContactUses) -> tuple[Decimal, str]:
    """By their usual gap, where they have one; else by their uses so far."""
    if uses.usual_gap_days:
        gap = uses.usual_gap_days
        text = ngettext("usual gap of %(n)d day", "usual gap of %(n)d days", gap) % {
            "n": gap
        }
        return YEAR / gap, text
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    days = max((today - uses.first_on).days if uses.first_on else 0, 365)
    text = ngettext(
        "%(n)d use in %(years)s years, one at least",
        "%(n)d uses in %(years)s years, one at least",
        uses.count,
    )
    years = Decimal(days) / YEAR
    return uses.count / years, text % {"n": uses.count, "years": round(years, 1)}
