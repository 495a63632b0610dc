"""The random ids under which the ledger knows people."""

from collections.abc import Iterable
from uuid import UUID

from .models import ConsentSubject


def subjects_for(contact_ids: Iterable[int]) -> dict[int, UUID]:
    """The subject of each contact, made where there is none yet; one or two queries.

    Subjects that came with a merged record only listen: what is said afterwards must
    not go with them when the merge is undone. Of a contact's own the oldest speaks.
    """
    wanted = set(contact_ids)
    found = _oldest(wanted)
    made = [ConsentSubject(contact_id=pk) for pk in sorted(wanted - found.keys())]
    ConsentSubject.objects.bulk_create(made, batch_size=2_000)
    return found | {row.contact_id: row.subject for row in made}


def _oldest(contact_ids: Iterable[int]) -> dict[int, UUID]:
    rows = ConsentSubject.objects.filter(contact_id__in=list(contact_ids))
    rows = rows.filter(aliased_at=None)
    return dict(rows.order_by("-id").values_list("contact_id", "subject"))
