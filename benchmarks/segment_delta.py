"""One in a thousand contacts changed, against a rebuild of the whole segment."""

import random

from crm_plugin.models import Contact, SegmentMembership
from crm_plugin.segments.refresh import refresh, refresh_contacts

from . import generator
from .harness import Case, Report, in_turns
from .segments_data import make_segment, members

SIZE = 100_000
GOAL = 0.1


def run(size: int) -> Report:
    generator.build(size)
    segment = make_segment()
    refresh(segment)
    wanted = members(segment)
    ids = list(Contact.objects.values_list("id", flat=True))
    changed = random.Random(generator.SEED).sample(ids, max(size // 1000, 1))

    def forget() -> None:
        SegmentMembership.objects.filter(contact_id__in=changed).delete()

    forget()
    refresh_contacts(changed, {"attributes"})
    assert members(segment) == wanted
    times = in_turns(
        lambda: refresh_contacts(changed, {"attributes"}),
        lambda: refresh(segment),
        between=forget,
    )
    case = f"{len(changed)} changed contacts"
    return Report([Case(case, *times, "full refresh", GOAL)])
