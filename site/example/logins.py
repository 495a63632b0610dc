"""Who may log in to the example; refused when ``DEBUG`` is off."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.db.models import QuerySet
from wagtail.models import GroupPagePermission, Page
from wagtail.users.models import UserProfile


@dataclass(frozen=True)
class Login:
    name: str
    role: str
    first: str
    last: str
    language: str = "ja"

    @property
    def password(self) -> str:
        return f"hinata-{self.name}"


LOGINS = [
    Login("owner", "Owner", "陽子", "日向"),
    Login("marketer", "Marketer", "美咲", "森"),
    Login("staff", "Staff", "健太", "原"),
]


class ExampleBackend(ModelBackend):
    """Wagtail's usual logins; the demo's passwords open nothing on a real server."""

    def authenticate(self, request: Any, **credentials: Any) -> Any:
        known = {login.password for login in LOGINS}
        if not settings.DEBUG and credentials.get("password") in known:
            return None
        return super().authenticate(request, **credentials)


def ensure_logins() -> None:
    """One user per role; owner and marketer may also edit pages and promote results.

    Without ``DEBUG`` they get no password: an owner has to set one.
    """
    root = Page.get_first_root_node()
    for login in LOGINS:
        user, created = User.objects.get_or_create(
            username=login.name,
            defaults={
                "first_name": login.first,
                "last_name": login.last,
                "email": f"{login.name}@hinata.example",
            },
        )
        if created:
            user.set_password(login.password if settings.DEBUG else None)
            user.save()
        group = Group.objects.get(name=login.role)
        user.groups.add(group)
        UserProfile.objects.get_or_create(
            user=user, defaults={"preferred_language": login.language}
        )
        if login.role != "Staff":
            for verb in ("add", "change", "publish"):
                allow_pages(group, root, verb)
            group.permissions.add(*promoting())


def promoting() -> QuerySet[Permission]:
    """To choose what the search of the site recommends."""
    return Permission.objects.filter(
        content_type__app_label="wagtailsearchpromotions",
        codename__in=[
            f"{verb}_searchpromotion" for verb in ("add", "change", "delete")
        ],
    )


def allow_pages(group: Group, root: Page, verb: str) -> None:
    permission = Permission.objects.get(
        content_type__app_label="wagtailcore", codename=f"{verb}_page"
    )
    GroupPagePermission.objects.get_or_create(
        group=group, page=root, permission=permission
    )
