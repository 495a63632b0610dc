"""Members' pages: protect a page, open it again, note who saw it."""

import datetime as dt
import secrets
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, PageViewRestriction

from crm_plugin import journal, queue
from crm_plugin.conf import setting
from crm_plugin.segments.models import Segment

from .models import MembersOnly, MemberView

PURGED = 5_000
MODEL, CHOSEN = "membersonly", ("segments", "excluded")
Chosen = dict[str, list[int]]


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
        before = _chosen(rule)
        rule.segments.set(segments)
        rule.excluded.set(excluded)
        if _keep(page, rule.pk, before, _chosen(rule), by) and any(before.values()):
            rule.restriction.save(user=by)
    return rule


def _chosen(rule: MembersOnly) -> Chosen:
    """The ids of the segments let in and kept out."""
    return {
        name: sorted(getattr(rule, name).values_list("pk", flat=True))
        for name in CHOSEN
    }


def _keep(page: Page, rule_id: int, old: Chosen, new: Chosen, by: Any) -> bool:
    """Write in the journal for whom the page was and is; whether that differs."""
    entries: list[journal.Entry] = [
        (MODEL, rule_id, name, old[name], new[name], page.pk)
        for name in CHOSEN
        if old[name] != new[name]
    ]
    if entries:
        journal.record("members", entries, by=by, summary=page.title)
    return bool(entries)


def open_again(page: Page, *, by: Any) -> bool:
    """Everybody sees *page* again; false when it was no members' page."""
    rule = rule_on(page)
    if rule is None:
        return False
    with transaction.atomic():
        _keep(page, rule.pk, _chosen(rule), {name: [] for name in CHOSEN}, by)
        rule.restriction.delete(user=by)
    return True


def rule_on(page: Page) -> MembersOnly | None:
    """What stands on this very page, not on one above it."""
    rows = MembersOnly.objects.select_related("restriction__page")
    rule = rows.filter(restriction__page=page).first()
    return rule if rule and rule.in_force else None


def guards(page: Page | None) -> bool:
    """Whether *page*, or one above it, is a members' page."""
    if page is None:
        return False
    above = page.get_ancestors(inclusive=True)
    rules = MembersOnly.objects.filter(restriction__page__in=above)
    return any(rule.in_force for rule in rules.select_related("restriction"))


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
