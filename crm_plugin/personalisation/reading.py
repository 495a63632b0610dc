"""Which pages a recognised visitor reads, and what visitors look for on the site.

One row is written once the answer has left: no visitor waits for it, and a page that a
cache answers, or that a visitor without consent reads, costs nothing at all. A worker
makes touchpoints of the rows (``touchpoints.site_visits``).
"""

import logging
import uuid
from typing import Any

from asgiref.local import Local
from django.db import DatabaseError, close_old_connections, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language

from crm_plugin import normalise
from crm_plugin.delivery.clicks import AGENTS
from crm_plugin.touchpoints.models import SiteNote

from . import choice, visitor

logger = logging.getLogger(__name__)
_written_later = Local()
LONGEST = 100


def remember_page(page: Any, request: HttpRequest, args: Any, kwargs: Any) -> None:
    """Wagtail's ``before_serve_page``: which page this is, for ``note_page``."""
    request.crm_page = page  # type: ignore[attr-defined]


def note_page(request: HttpRequest, response: HttpResponse) -> None:
    """Note the page that was shown, if the visitor is known and agreed to it."""
    page = getattr(request, "crm_page", None)
    if page is None or response.status_code != 200 or request.method != "GET":
        return
    person = _person(request)
    if person:
        _later(
            SiteNote(
                kind=SiteNote.Kind.PAGE,
                page_id=page.pk,
                page_title=page.title[:255],
                page_url=request.build_absolute_uri(request.path)[:500],
                revision=page.live_revision_id,
                language=_language(),
                at=timezone.now(),
                **person,
            )
        )


def note_search(request: HttpRequest, words: str, *, found: int) -> None:
    """For the search view of a site: somebody looked for *words*, with *found* results.

    Call it once per search, not for its further pages. Words are counted by day without
    any identity; whose they were is kept of a known visitor who agreed, only.
    """
    said = normalise.text(words)[:LONGEST]
    agent = request.headers.get("User-Agent", "")
    if not said or request.method != "GET" or AGENTS.search(agent) or _ahead(request):
        return
    _later(
        SiteNote(
            kind=SiteNote.Kind.SEARCH,
            words=said,
            found=found,
            language=_language(),
            at=timezone.now(),
            **_person(request),
        )
    )


def _person(request: HttpRequest) -> dict[str, Any]:
    """Who it was and on which consent; empty for everybody else. Asks no database."""
    if not choice.may_note(request) or _ahead(request):
        return {}
    known = visitor.read_cookie(request)
    if not known.recognised:
        return {}
    said = choice.of(request)
    return {
        "person": uuid.UUID(known.public_id),
        "wording": said.wording,
        "said_at": said.at,
        "verified": known.verified,
    }


def _ahead(request: HttpRequest) -> bool:
    """Fetched by the browser before anybody asked to see it."""
    headers = request.headers
    purpose = headers.get("Sec-Purpose", "") + headers.get("Purpose", "")
    return "prefetch" in purpose or "preview" in purpose


def _language() -> str:
    return (get_language() or "")[:10]


def _later(row: SiteNote) -> None:
    waiting = getattr(_written_later, "rows", None)
    if waiting is None:
        waiting = _written_later.rows = []
    waiting.append(row)


def write_down(**kwargs: Any) -> None:
    """Django's ``request_finished``: the answer has left, now the rows are written.

    A note is worth no error: what cannot be written is left out.
    """
    rows = getattr(_written_later, "rows", None)
    if not rows:
        return
    _written_later.rows = []
    try:
        SiteNote.objects.bulk_create(rows)
    except DatabaseError as error:
        logger.warning("A visit was not noted: %s", type(error).__name__)
    if not connection.in_atomic_block:
        # Django closed it before it told us; what was opened anew must not stay.
        close_old_connections()
