"""Note who saw sensitive values. Never to compare members of staff with each other."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from .models import AttributeDefinition, ContactValue, SensitiveView

Screen = SensitiveView.Screen


def seen(
    contact_ids: Iterable[int],
    *,
    by: Any,
    screen: str,
    keys: Iterable[str] | None = None,
) -> None:
    """*by* is shown these contacts' values: note those who hold sensitive ones.

    *keys* narrows it to the attributes that the screen shows. Nothing is noted for who
    may not read them: they were not shown. One read and one insert, and the read only
    where there is a sensitive attribute.
    """
    if by is None or not by.has_perm("crm_plugin.view_sensitive"):
        return
    sensitive = AttributeDefinition.objects.active().filter(sensitive=True)
    if keys is not None:
        sensitive = sensitive.filter(key__in=list(keys))
    held: dict[int, set[str]] = defaultdict(set)
    rows = ContactValue.objects.filter(
        owner_id__in=list(contact_ids), definition__in=sensitive.values("pk")
    )
    for contact_id, key in rows.values_list("owner_id", "definition__key"):
        held[contact_id].add(key)
    SensitiveView.objects.bulk_create(
        [
            SensitiveView(
                contact_id=pk, by=by, screen=screen, keys=", ".join(sorted(found))
            )
            for pk, found in held.items()
        ],
        batch_size=2_000,
    )
