"""What becomes of suspected pairs when two contacts are merged."""

from django.db.models import Q

from crm_plugin.contacts.merge.joining import Merging
from crm_plugin.contacts.models import SuspectedPair


def join_pairs(merging: Merging) -> None:
    """Pairs of the duplicate end; "not the same" holds for the survivor from now on."""
    own, other = merging.survivor.pk, merging.duplicate.pk
    pairs = list(SuspectedPair.objects.filter(Q(lower=other) | Q(higher=other)))
    stands = {
        (row.lower_id, row.higher_id): row
        for row in SuspectedPair.objects.filter(Q(lower=own) | Q(higher=own))
    }
    new, gone = [], []
    for pair in pairs:
        third = pair.higher_id if pair.lower_id == other else pair.lower_id
        if third == own or not pair.dismissed_at:
            continue
        lower, higher = sorted((own, third))
        stored = stands.get((lower, higher))
        if stored and stored.dismissed_at:
            continue
        gone += [stored] if stored else []
        new.append(
            SuspectedPair(
                lower_id=lower,
                higher_id=higher,
                score=stored.score if stored else pair.score,
                reasons=stored.reasons if stored else pair.reasons,
                dismissed_at=pair.dismissed_at,
                dismissed_by_id=pair.dismissed_by_id,
            )
        )
    merging.take_out(SuspectedPair, [*pairs, *gone])
    merging.add(new)
