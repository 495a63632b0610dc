"""What becomes of suspected pairs when two contacts are merged."""

from django.contrib.auth import get_user_model
from django.db.models import Q

from crm_plugin.contacts.merge.joining import Merging
from crm_plugin.contacts.merge.undo import Parting
from crm_plugin.contacts.models import Contact, ContactAlias, SuspectedPair


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


def part_pairs(parting: Parting) -> None:
    """Of whom somebody said "not the same" and who was merged since: the survivor."""
    taken = parting.operation.bundles.filter(
        model=SuspectedPair._meta.label_lower, kind="taken"
    )
    said = [row for bundle in taken for row in bundle.rows if row["dismissed_at"]]
    ids = {row[side] for row in said for side in ("lower_id", "higher_id")}
    there = set(Contact.objects.filter(pk__in=ids).values_list("pk", flat=True))
    heirs = dict(
        ContactAlias.objects.filter(old_id__in=ids - there).values_list(
            "old_id", "contact_id"
        )
    )
    for row in said:
        both = (row["lower_id"], row["higher_id"])
        pair = {heirs.get(pk, pk) for pk in both}
        if not there.issuperset(both) and len(pair) == 2:
            _apart(min(pair), max(pair), row)


def _apart(lower: int, higher: int, row: dict) -> None:
    if Contact.objects.filter(pk__in=(lower, higher)).count() < 2:
        return
    people = get_user_model()._default_manager.filter(pk=row["dismissed_by_id"])
    word = {"dismissed_at": row["dismissed_at"], "dismissed_by": people.first()}
    SuspectedPair.objects.update_or_create(
        lower_id=lower,
        higher_id=higher,
        defaults=word,
        create_defaults={**word, "score": row["score"], "reasons": row["reasons"]},
    )
