"""What a merge of two contacts does to their deals and plans."""

from typing import Any

from crm_plugin.contacts.merge.joining import Merging

from .models import DealPerson, PlanPeriod
from .stays import DAY, linked


def join_deal_people(merging: Merging) -> None:
    """One row per deal: the survivor's, unless it says less than the other."""
    own, other = merging.rows(DealPerson, "contact")
    known = {row.deal_id: row for row in own}
    both = [row for row in other if row.deal_id in known]
    for row in both:
        mine = known[row.deal_id]
        if mine.role == DealPerson.Role.OTHER:
            merging.edit(mine, role=row.role)
    merging.take_out(DealPerson, both)


def join_plans(merging: Merging) -> None:
    """Both histories of plans in one row; where they overlap, the later one counts."""
    own, other = merging.rows(PlanPeriod, "contact")
    if not own or not other:
        return
    rows = [merging.for_survivor(row, "contact") for row in [*own, *other]]
    merging.take_out(PlanPeriod, [*own, *other])
    merging.add(linked(one_after_another(rows)))  # type: ignore[arg-type]


def one_after_another(rows: list[Any]) -> list[PlanPeriod]:
    """*rows* so cut that no two hold the same day, and no day is lost.

    Of two that begin on one day the first counts while they overlap. What goes on
    after a stay in its midst goes on as a stay of its own.
    """
    waiting = sorted(rows, key=lambda row: row.started_on)
    done: list[PlanPeriod] = []
    while waiting:
        row = waiting.pop(0)
        last = done[-1] if done else None
        if last is None or not last.touches(row.started_on, row.ended_on):
            done.append(row)
            continue
        longer, shorter = (last, row) if _longer(last, row) else (row, last)
        if last.plan_id == row.plan_id:
            last.ended_on = longer.ended_on
        elif last.started_on == row.started_on:
            _go_on(waiting, row, last)
        else:
            if longer is last and shorter.ended_on:
                _go_on(waiting, _copy(last), row)
            last.ended_on = row.started_on - DAY
            done.append(row)
    return done


def _longer(one: PlanPeriod, other: PlanPeriod) -> bool:
    if one.ended_on is None or other.ended_on is None:
        return one.ended_on is None
    return one.ended_on > other.ended_on


def _copy(row: PlanPeriod) -> PlanPeriod:
    return PlanPeriod(
        contact_id=row.contact_id,
        plan=row.plan,
        started_on=row.started_on,
        ended_on=row.ended_on,
        note=row.note,
    )


def _go_on(waiting: list[PlanPeriod], row: PlanPeriod, after: PlanPeriod) -> None:
    """Let *row* wait with what remains of it after another stay, if anything does."""
    if after.ended_on is None or (row.ended_on and row.ended_on <= after.ended_on):
        return
    row.started_on = after.ended_on + DAY
    waiting.append(row)
    waiting.sort(key=lambda one: one.started_on)
