"""Whose last own word was a no, by the ledger: it knows an address without a record."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

from .models import ConsentEvent, Topic
from .states import NO, YES

Owner = TypeVar("Owner", bound=Hashable)


def refused(owners: Mapping[str, Owner], topic: Topic) -> set[Owner]:
    """Those of *owners* whose last own word on *topic*, or on everything, was a no.

    *owners* by every hash of their address (``signing.address_hashes``). It holds for
    an address that stands on no contact any more, or on a new one.
    """
    said: dict[Owner, str] = {}
    events = ConsentEvent.objects.filter(
        address_hash__in=list(owners), topic__in=["", topic.key], action__in=YES | NO
    )
    for digest, action in events.order_by("id").values_list("address_hash", "action"):
        said[owners[digest]] = action
    return {owner for owner, action in said.items() if action in NO}
