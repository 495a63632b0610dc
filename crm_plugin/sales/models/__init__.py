"""Products, completed sales, and deals that may become one."""

from .catalogue import Product, ProductCategory
from .deals import (
    Deal,
    DealPerson,
    DealQuerySet,
    DealStage,
    DealStagePeriod,
    LostReason,
)
from .purchases import ContactSales, Purchase, PurchaseLine, PurchaseQuerySet

__all__ = [
    "ContactSales",
    "Deal",
    "DealPerson",
    "DealQuerySet",
    "DealStage",
    "DealStagePeriod",
    "LostReason",
    "Product",
    "ProductCategory",
    "Purchase",
    "PurchaseLine",
    "PurchaseQuerySet",
]
