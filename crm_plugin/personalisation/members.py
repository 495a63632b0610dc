"""Members' pages: protect a page, open it again, note who saw it."""

import datetime as dt
import secrets
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, PageViewRestriction

from crm_plugin import queue
from crm_plugin.conf import setting
from crm_plugin.segments.models import Segment

from .models import MembersOnly, MemberView

PURGED = 5_000


class AlreadyRestricted(Exception):
    """The page has another privacy setting, which somebody chose for it."""

    @property
    def message(self) -> str:
        return _("The page is private in another way. Make it public first.")


def protect(
    page: Page,
    *,
    segments: Collection[Segment],
    excluded: Collection[Segment] = (),
    by: Any,
) -> MembersOnly:
    """Only members of *segments* who are in none of *excluded* see *page* from now on.

    With everything below it. Raises ``AlreadyRestricted``.
    """
    with transaction.atomic():
        rule = rule_on(page)
        if rule is None:
            if PageViewRestriction.objects.filter(page=page).exists():
                raise AlreadyRestricted
            seal = secrets.token_urlsafe(40)
            restriction = PageViewRestriction(
                page=page, restriction_type=PageViewRestriction.PASSWORD, password=seal
            )
            restriction.save(user=by)
            rule = MembersOnly.objects.create(restriction=restriction, seal=seal)
        rule.segments.set(segments)
        rule.excluded.set(excluded)
    return rule


def open_again(page: Page, *, by: Any) -> bool:
    """Everybody sees *page* again; false when it was no members' page."""
    rule = rule_on(page)
    if rule is None:
        return False
    rule.restriction.delete(user=by)
    return True


def rule_on(page: Page) -> MembersOnly | None:
    """What stands on this very page, not on one above it."""
    rows = MembersOnly.objects.select_related("restriction__page")
    rule = rows.filter(restriction__page=page).first()
    return rule if rule and rule.in_force else None


def note_view(page: Page, contact_id: int, url: str) -> MemberView:
    """Write down who saw which page, and when."""
    return MemberView.objects.create(
        contact_id=contact_id,
        page_id=page.pk,
        page_title=page.title[:255],
        page_url=url[:500],
        at=timezone.now(),
    )


@queue.chore("member-views-purge", every=24 * 3_600)
def forget_views() -> bool:
    """Forget who saw members' pages after ``CRM_MEMBER_LOG_DAYS``."""
    limit = timezone.now() - dt.timedelta(days=setting("CRM_MEMBER_LOG_DAYS"))
    rows = MemberView.objects.filter(at__lt=limit).values_list("pk", flat=True)
    ids = list(rows[:PURGED])
    MemberView.objects.filter(pk__in=ids).delete()
    return len(ids) == PURGED
