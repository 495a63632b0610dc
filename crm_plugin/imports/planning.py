"""What a row would change on a record: fill what is blank, replace when asked."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from crm_plugin import normalise
from crm_plugin.contacts import points, records
from crm_plugin.contacts.nouns import same

Values = dict[str, Any]
# Fields that say nothing without another one.
TOGETHER = {
    "organisation.name": ("organisation.department", "affiliation.title"),
    "plan.name": ("plan.since",),
}
FOLLOWING = "organisation_attribute."


@dataclass
class Held:
    """What the records say now, for many contacts."""

    values: dict[int, Values] = field(default_factory=dict)
    norms: dict[tuple[int, str], set[str]] = field(default_factory=dict)


@dataclass
class Plan:
    """``write`` goes onto the record; ``old`` is what stood there; ``kept`` stays."""

    write: Values = field(default_factory=dict)
    old: Values = field(default_factory=dict)
    kept: Values = field(default_factory=dict)


def held_by(contact_ids: Iterable[int], names: Iterable[str]) -> Held:
    """Read what is needed to plan; one read per noun."""
    ids = [pk for pk in set(contact_ids) if pk]
    wanted = set(names)
    if not ids:
        return Held()
    plain = [name for name in wanted if not name.startswith("point.")]
    kinds = [name.partition(".")[2] for name in wanted if name.startswith("point.")]
    norms = {
        owner: {point.value_norm for point in rows}
        for owner, rows in points.read(ids, kinds).items()
    }
    return Held(records.read(ids, plain), norms)


def plan(contact_id: int | None, values: Values, held: Held, *, update: bool) -> Plan:
    """What *values* mean for one contact; everything for a new one."""
    if contact_id is None:
        return Plan(write=dict(values))
    made = Plan()
    stands = held.values.get(contact_id, {})
    for name, value in values.items():
        if name.startswith("point."):
            kind = name.partition(".")[2]
            known = held.norms.get((contact_id, kind), set())
            if points.norm(kind, value) not in known:
                made.write[name], made.old[name] = value, None
            continue
        _plan_value(made, name, (stands.get(name), value), update=update)
    _keep_together(made, values)
    return made


def _plan_value(made: Plan, name: str, pair: tuple[Any, Any], *, update: bool) -> None:
    old, new = pair
    if old in (None, "", []):
        made.write[name], made.old[name] = new, None
    elif _same(name, old, new):
        return
    elif update:
        made.write[name], made.old[name] = new, old
    else:
        made.kept[name] = old


def _same(name: str, old: Any, new: Any) -> bool:
    if name == "organisation.name":
        return normalise.organisation(old) == normalise.organisation(new)
    if isinstance(old, list) and isinstance(new, list):
        return sorted(old) == sorted(new)
    return same(name, old, new)


def _keep_together(made: Plan, values: Values) -> None:
    """Department and title follow their organisation, a day its plan: written or kept
    with it."""
    told = [name for name in values if name.startswith(FOLLOWING)]
    for name, followers in TOGETHER.items():
        more = told if name == "organisation.name" else []
        for follower in [*followers, *more]:
            if follower not in values:
                continue
            if name in made.write:
                made.write[follower] = values[follower]
                made.kept.pop(follower, None)
            elif name in made.kept and made.write.pop(follower, None):
                made.old.pop(follower, None)
