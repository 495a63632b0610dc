"""Rights that can do harm: who holds them?"""

from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission

from .findings import Finding, ok, warning

DANGEROUS = ("export_contact", "view_sensitive", "launch_campaign")
MANY_SUPERUSERS = 3


def about_permissions() -> Iterator[Finding]:
    for codename in DANGEROUS:
        names = Group.objects.filter(permissions__codename=codename)
        holders = ", ".join(names.values_list("name", flat=True)) or "nobody"
        yield ok(f"{codename}: {holders}")
    users = get_user_model()._default_manager.filter(is_active=True)
    rights = Permission.objects.filter(codename__in=DANGEROUS)
    direct = users.filter(user_permissions__in=rights).distinct().count()
    if direct:
        yield warning(
            f"{direct} users hold a dangerous right by themselves",
            "Give it to a group, so that it ends when their job does.",
        )
    masters = users.filter(is_superuser=True).count()
    if masters > MANY_SUPERUSERS:
        yield warning(
            f"{masters} users may do everything",
            "Make them members of a group instead of superusers.",
        )
