"""What sales tell of contacts, for the data map."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.data_map import Area, Counted, Room, Thing
from crm_plugin.contacts.models import Contact

from .models import ContactSales, DealPerson, Plan, PlanPeriod, Purchase

BOUGHT, DEALS, PLAN = "sales.purchases", "sales.deals", "plan.name"


def things(user: Any) -> list[Thing]:
    def may(codename: str) -> bool:
        return user is None or user.has_perm(f"crm_plugin.{codename}")

    found = []
    if may("view_purchase"):
        found.append(Thing(BOUGHT, _("purchases"), Area.CONTINUED))
    if may("view_deal"):
        found.append(Thing(DEALS, _("deals"), Area.HUMAN))
    if may("view_planperiod") and Plan.objects.exists():
        found.append(Thing(PLAN, _("plan"), Area.CONTINUED))
    return found


def known(contact: Contact, user: Any) -> set[str]:
    """Three queries."""
    rows = {
        BOUGHT: ContactSales.objects.filter(contact=contact, count__gt=0),
        DEALS: DealPerson.objects.filter(contact=contact),
        PLAN: PlanPeriod.objects.filter(contact=contact),
    }
    return {name for name, found in rows.items() if found.exists()}


def count() -> Iterator[Counted]:
    """Of contacts that are neither archived nor erased."""
    of_current = {"contact__archived_at": None}
    bought = ContactSales.objects.filter(count__gt=0, **of_current).count()
    newest = Purchase.objects.order_by().aggregate(at=Max("at"))
    yield Counted(BOUGHT, bought, newest["at"])
    deals = DealPerson.objects.filter(**of_current).aggregate(
        n=Count("contact", distinct=True), at=Max("deal__opened_at")
    )
    yield Counted(DEALS, deals["n"], deals["at"])
    plans = PlanPeriod.objects.filter(**of_current)
    yield Counted(PLAN, plans.aggregate(n=Count("contact", distinct=True))["n"])


ROOM = Room(things, known, count)
