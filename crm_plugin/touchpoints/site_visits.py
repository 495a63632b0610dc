"""From notes of the site to the history: pages read, searches, and counts of words.

The web processes write one row per page or search; here a worker makes of them, for
many at once: the pages that a contact read (for rules), one touchpoint per contact and
day (for the history and the contact days), one touchpoint per search, and counts of
words without any identity. What nobody needs any more is forgotten.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.conf import setting
from crm_plugin.consents import behaviour
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact, ContactAlias

from . import log, search_counts
from .models import Channel, PageRead, Phase, SearchCount, SiteNote, Touchpoint

PORTION = 1_000
PURGED = 5_000
ASPECT = "visits"
# A visit's list of pages is for a person to read; the rows for rules know all.
PAGES_LISTED = 40
SEARCHED = "search:"
VISITED = "visit:"
Kind = Touchpoint.Kind


@queue.chore("site-visits", every=60)
def sort() -> bool:
    """Sort a portion of what the site noted; true while a full one was found."""
    with transaction.atomic():
        rows = SiteNote.objects.select_for_update(skip_locked=True)
        notes = list(rows.order_by("pk")[:PORTION])
        if not notes:
            return False
        search_counts.add(notes)
        known = _by_person(notes)
        _keep_consents(known)
        _keep_pages([pair for pair in known if pair[1].kind == SiteNote.Kind.PAGE])
        _keep_searches([pair for pair in known if pair[1].kind == SiteNote.Kind.SEARCH])
        people = {contact for contact, _note in known}
        changes.note(people, ASPECT)
        changes.note(people, log.ASPECT)
        SiteNote.objects.filter(pk__in=[note.pk for note in notes]).delete()
    return len(notes) == PORTION


def _by_person(notes: Iterable[SiteNote]) -> list[tuple[int, SiteNote]]:
    """(contact id, note) of those whose person is still there, also after a merge."""
    named = [(note.person, note) for note in notes if note.person]
    wanted = {person for person, _note in named}
    found: dict[UUID, int] = dict(
        ContactAlias.objects.filter(
            old_public_id__in=wanted, contact__archived_at=None
        ).values_list("old_public_id", "contact_id")
    )
    current = Contact.objects.current().filter(public_id__in=wanted)
    found |= dict(current.values_list("public_id", "pk"))
    return [(found[person], note) for person, note in named if person in found]


def _keep_consents(known: list[tuple[int, SiteNote]]) -> None:
    """What is noted of somebody rests on a yes: it stands in the ledger, once."""
    behaviour.note(
        behaviour.Choice(contact, True, note.wording, note.said_at, note.verified)
        for contact, note in known
    )


def _keep_pages(known: list[tuple[int, SiteNote]]) -> None:
    PageRead.objects.bulk_create(
        [
            PageRead(
                contact_id=contact,
                page_id=note.page_id or 0,
                page_title=note.page_title,
                page_url=note.page_url,
                revision=note.revision,
                on=_day(note),
                at=note.at,
            )
            for contact, note in known
        ],
        ignore_conflicts=True,
    )
    by_day: dict[log.Day, list[SiteNote]] = defaultdict(list)
    for contact, note in known:
        by_day[contact, _day(note)].append(note)
    _keep_visits(by_day)


def _keep_visits(by_day: dict[log.Day, list[SiteNote]]) -> None:
    """One touchpoint per contact and day, with the pages in the order of reading."""
    keys = {day: f"{VISITED}{day[0]}:{day[1]}" for day in by_day}
    rows = Touchpoint.objects.select_for_update().filter(key__in=keys.values())
    standing = {row.key: row for row in rows}
    stages = log.stages_of(by_day)
    new = []
    for day, notes in by_day.items():
        row = standing.get(keys[day])
        if row is None:
            row = Touchpoint(
                contact_id=day[0],
                kind=Kind.PAGE,
                key=keys[day],
                at=notes[0].at,
                stage=stages.get(day, ""),
                **_ON_THE_SITE,
            )
            new.append(row)
        row.answers = _listed(row.answers, notes)
    Touchpoint.objects.bulk_create(new, ignore_conflicts=True)
    Touchpoint.objects.bulk_update(standing.values(), ["answers"], batch_size=200)


_ON_THE_SITE = {
    "channel": Channel.WEB,
    "direction": Touchpoint.Direction.IN,
    "phase": Phase.MARKETING,
}


def _listed(before: list[dict], notes: list[SiteNote]) -> list[dict]:
    """The pages of a visit, each once: time and title, as the history shows details."""
    listed = list(before)
    known = {entry["name"] for entry in listed}
    for note in notes:
        name = str(note.page_id)
        if name in known or len(listed) >= PAGES_LISTED:
            continue
        known.add(name)
        listed.append(
            {
                "name": name,
                "label": f"{timezone.localtime(note.at, _zone()):%H:%M}",
                "text": note.page_title,
                "value": note.page_url,
                "revision": note.revision,
            }
        )
    return listed


def _keep_searches(known: list[tuple[int, SiteNote]]) -> None:
    stages = log.stages_of([(contact, _day(note)) for contact, note in known])
    Touchpoint.objects.bulk_create(
        [
            Touchpoint(
                contact_id=contact,
                kind=Kind.SEARCH,
                key=f"{SEARCHED}{note.pk}",
                at=note.at,
                summary=note.words,
                result=Touchpoint.Result.NOTHING if note.found == 0 else "",
                stage=stages.get((contact, _day(note)), ""),
                **_ON_THE_SITE,
            )
            for contact, note in known
        ],
        ignore_conflicts=True,
    )


def _zone() -> dt.tzinfo:
    return timezone.get_default_timezone()


def _day(note: SiteNote) -> dt.date:
    return timezone.localtime(note.at, _zone()).date()


@queue.chore("site-visits-purge", every=6 * 3_600)
def forget_old() -> bool:
    """Forget which pages and words it was after ``CRM_BEHAVIOUR_DAYS``.

    That somebody was on the site on that day stays, as one contact day.
    """
    limit = timezone.now() - dt.timedelta(days=setting("CRM_BEHAVIOUR_DAYS"))
    day = timezone.localtime(limit, _zone()).date()
    ids = PageRead.objects.filter(on__lt=day).values_list("pk", flat=True)[:PURGED]
    pages = list(ids)
    PageRead.objects.filter(pk__in=pages).delete()
    SearchCount.objects.filter(on__lt=day).delete()
    own = Touchpoint.objects.filter(at__lt=limit)
    own.filter(kind=Kind.PAGE, key__startswith=VISITED).exclude(answers=[]).update(
        answers=[]
    )
    own.filter(kind=Kind.SEARCH, key__startswith=SEARCHED).exclude(summary="").update(
        summary="", result=""
    )
    return len(pages) == PURGED
