"""Whom members' pages let in, as rules."""

from collections.abc import Iterable
from typing import Any

from crm_plugin.personalisation.models import MembersOnly
from crm_plugin.segments.models import Segment
from crm_plugin.segments.stored import condition, group
from crm_plugin.ui.addresses import people


def people_urls(pages: Iterable[MembersOnly], user: Any) -> dict[int, str]:
    """The people of each of *pages*, by its id, where a rule says exactly who they are.

    It does not where a segment that plays a part is hidden from *user*, or keeps people
    out although it counts no longer: the people would be others.
    """
    if not user.has_perm("crm_plugin.view_contact"):
        return {}
    seen = set(
        Segment.objects.visible_to(user).of_people().values_list("pk", flat=True)
    )
    always = list(Segment.objects.filter(excludes_always=True, active=True))
    found = {}
    for page in pages:
        let_in = [segment for segment in page.segments.all() if segment.in_force]
        kept_out = [*page.excluded.all(), *always]
        named = {segment.pk for segment in (*let_in, *kept_out)}
        if let_in and named <= seen and all(each.in_force for each in kept_out):
            found[page.pk] = people(*_rule(let_in, kept_out))
    return found


def _rule(let_in: list[Segment], kept_out: list[Segment]) -> list[dict[str, Any]]:
    groups = [group("any", *map(_in, let_in))]
    if kept_out:
        groups.append(group("none", *map(_in, dict.fromkeys(kept_out))))
    return groups


def _in(segment: Segment) -> dict[str, Any]:
    return condition("segment", segment=segment.key, state="in")
