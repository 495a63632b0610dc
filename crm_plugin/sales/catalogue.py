"""Products and categories found by what a till calls them, or made."""

import hashlib
from collections.abc import Iterable

from django.utils.text import slugify

from crm_plugin import journal, normalise

from .models import Product, ProductCategory


def categories(names: Iterable[str]) -> tuple[dict[str, int], list[journal.Entry]]:
    """{folded name: category id} for all *names*, and entries for the new ones.

    A category is found by its key or by either of its names, however it is written.
    Two statements for any number of names.
    """
    wanted = {normalise.fold(name): normalise.text(name) for name in names if name}
    wanted.pop("", None)
    found: dict[str, int] = {}
    if wanted:
        for row in ProductCategory.objects.order_by("-id"):
            for spelling in (row.key, row.name, row.name_ja):
                if spelling:
                    found[normalise.fold(spelling)] = row.pk
    new = [
        ProductCategory(key=_key(name), name=name[:80])
        for folded, name in wanted.items()
        if folded not in found
    ]
    ProductCategory.objects.bulk_create(new)
    found.update((normalise.fold(row.name), row.pk) for row in new)
    return {folded: found[folded] for folded in wanted if folded in found}, [
        ("productcategory", row.pk, "", None, journal.whole(row)) for row in new
    ]


def products(
    named: Iterable[tuple[str, int | None]],
) -> tuple[dict[str, int], list[journal.Entry]]:
    """{folded name: product id} for pairs of name and category id, and new entries.

    Two statements for any number of names; a new product takes the category that it
    is first named with.
    """
    wanted: dict[str, tuple[str, int | None]] = {}
    for name, category_id in named:
        wanted.setdefault(normalise.fold(name), (normalise.text(name), category_id))
    wanted.pop("", None)
    names = [name for name, _category in wanted.values()]
    codes = [_code(folded) for folded in wanted]
    known = Product.objects.filter(name__in=names) | Product.objects.filter(
        code__in=[*names, *codes]
    )
    found: dict[str, int] = {}
    for row in known.order_by("-id") if wanted else ():
        found[normalise.fold(row.code)] = found[normalise.fold(row.name)] = row.pk
    new = {
        folded: Product(code=_code(folded), name=name[:120], category_id=category_id)
        for folded, (name, category_id) in wanted.items()
        if folded not in found
    }
    Product.objects.bulk_create(new.values())
    found.update((folded, row.pk) for folded, row in new.items())
    return {folded: found[folded] for folded in wanted}, [
        ("product", row.pk, "", None, journal.whole(row)) for row in new.values()
    ]


def _key(name: str) -> str:
    """A key that is readable where the name is Latin, and always unique to it."""
    plain = slugify(name)[:40]
    return plain if plain and plain.isascii() else f"category-{_digest(name)}"


def _code(folded: str) -> str:
    return f"auto-{_digest(folded)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
