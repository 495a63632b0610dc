"""Products, completed sales, plans, and deals that may become a sale."""

from .catalogue import Product, ProductCategory
from .deals import (
    Deal,
    DealPerson,
    DealQuerySet,
    DealStage,
    DealStagePeriod,
    LostReason,
)
from .plans import Plan, PlanPeriod, PlanPeriodQuerySet
from .purchases import ContactSales, Purchase, PurchaseLine, PurchaseQuerySet

__all__ = [
    "ContactSales",
    "Deal",
    "DealPerson",
    "DealQuerySet",
    "DealStage",
    "DealStagePeriod",
    "LostReason",
    "Plan",
    "PlanPeriod",
    "PlanPeriodQuerySet",
    "Product",
    "ProductCategory",
    "Purchase",
    "PurchaseLine",
    "PurchaseQuerySet",
]
