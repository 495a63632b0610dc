"""Of whom it is known what they want to get from us, for the data map."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.contacts.data_map import Area, Counted, Room, Thing
from crm_plugin.contacts.models import Contact

from .models import Consent, Preference, Topic

ANSWER = "consent."
CHANNEL, FREQUENCY = "wish.channel", "wish.frequency"
LABELS = {
    CHANNEL: gettext_lazy("preferred channel"),
    FREQUENCY: gettext_lazy("wished frequency"),
}


def things(user: Any) -> list[Thing]:
    """An answer for each topic that is offered, whatever it was, and the wishes."""
    basic, text = Area.BASIC, _("consent: %(topic)s")
    asked = [
        Thing(f"{ANSWER}{topic.key}", text % {"topic": topic}, basic)
        for topic in Topic.objects.filter(active=True)
    ]
    return [*asked, *(Thing(name, label, basic) for name, label in LABELS.items())]


def known(contact: Contact, user: Any) -> set[str]:
    """Two queries."""
    rows = Consent.objects.filter(point__contact=contact).values_list("topic__key")
    found = {f"{ANSWER}{key}" for (key,) in rows}
    wish = Preference.objects.filter(contact=contact).first()
    if wish is None:
        return found
    return found | ({CHANNEL, FREQUENCY} if wish.channel else {FREQUENCY})


def count() -> Iterator[Counted]:
    """Of contacts that are neither archived nor erased; two queries."""
    rows = Consent.objects.filter(point__contact__archived_at=None).order_by()
    for key, number, newest in rows.values_list("topic__key").annotate(
        Count("point__contact", distinct=True), Max("at")
    ):
        yield Counted(f"{ANSWER}{key}", number, newest)
    wishes = Preference.objects.filter(contact__archived_at=None).aggregate(
        all=Count("pk"), by=Count("pk", filter=~Q(channel="")), at=Max("updated_at")
    )
    yield Counted(CHANNEL, wishes["by"], wishes["at"])
    yield Counted(FREQUENCY, wishes["all"], wishes["at"])


ROOM = Room(things, known, count)
