"""A test send to oneself: the real letter with real values, counted nowhere.

Its links lead straight to their pages, its way to unsubscribe leads nowhere, and it
belongs to no mailing, contact or topic: no figure, cap or history ever sees it.
"""

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

from django.utils import timezone

from crm_plugin import merge_tags, normalise, queue
from crm_plugin.delivery import render, samples
from crm_plugin.delivery.models import Delivery, Rendering
from crm_plugin.delivery.render import Compiled
from crm_plugin.personalisation.variants import Reader

from . import compose
from .preview import own_values

KIND = "campaign_test"
# Tests of message templates go with them.
KINDS = (KIND, samples.KIND)
KEPT = dt.timedelta(days=1)


def send_test(
    campaign: Any,
    content: dict[str, Any],
    *,
    reader: Reader,
    to: Any,
    contact: Any = None,
) -> Delivery:
    """Post the letter that *reader* would get to the user *to*.

    With a *contact* its values fill the merge tags, else their fallbacks do. Raises
    what ``compose.letter`` raises.
    """
    picks = compose.picks_for(compose.body_of(content), reader)
    compiled = compose.letter(
        content, picks, sender=campaign.sender, topic=campaign.topic
    )
    values = {}
    if contact is not None:
        values = merge_tags.values_for(
            [contact.pk], compiled.names, language=compiled.language
        )[contact.pk]
    key = uuid.uuid4().hex
    delivery = Delivery.objects.create(
        kind=KIND,
        key=f"test-{key}",
        sender=campaign.sender,
        address=to.email,
        address_norm=normalise.email(to.email),
        language=compiled.language,
        rendering=render.store(without_effect(compiled), kind=KIND, variant=key),
        values=values,
        by=to,
    )
    queue.wake("deliver")
    return delivery


def without_effect(compiled: Compiled) -> Compiled:
    """The same letter with plain links in the places of counted ones."""
    own = own_values(compiled)

    def settled(text: str, *, markup: bool = False) -> str:
        parts = merge_tags.scan(text, markup=markup)
        return merge_tags.write(
            [
                own.get(part.name, part) if isinstance(part, merge_tags.Place) else part
                for part in parts
            ]
        )

    return replace(
        compiled,
        subject=f"[Test] {compiled.subject}",
        html=settled(compiled.html, markup=True),
        text=settled(compiled.text),
        links=(),
    )


@queue.chore("forget_tests", every=3600)
def forget_tests() -> bool:
    """Delete tests after a day: they may hold somebody's values."""
    since = timezone.now() - KEPT
    old = Delivery.objects.filter(kind__in=KINDS, created_at__lt=since)
    renderings = list(old.values_list("rendering_id", flat=True))
    old.delete()
    Rendering.objects.filter(pk__in=renderings, kind__in=KINDS).delete()
    return False
