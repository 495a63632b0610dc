"""What nobody ever confirmed goes again: provisional contacts with nothing else.

Consents that were asked for expire in ``consents``. Here go, some time later, the
contacts that only an unconfirmed form knows. Whatever else hangs on one keeps it: each
room says in ``links.register`` which of its rows do not; so does any act of a person.
"""

import datetime as dt

from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.conf import CrmSettings
from crm_plugin.consents.models import Consent
from crm_plugin.contacts import changed, changes, links
from crm_plugin.contacts.models import Contact
from crm_plugin.journal import Change, Operation

from .models import Submission

PORTION = 500
# Whose lines of the journal are about a contact, by the contact's own id.
TOLD_OF = (*changed.MODELS, "preference")


def forgettable(until: dt.datetime) -> models.QuerySet[Contact]:
    """Provisional contacts that were last heard of before *until*, with nothing else."""
    person = OuterRef("pk")
    recent = Submission.objects.filter(contact=person, received_at__gte=until)
    touched = Change.objects.filter(
        about=person, model__in=TOLD_OF, operation__by__isnull=False
    )
    rows = Contact.objects.filter(
        ~Exists(recent),
        ~Exists(touched),
        ~Exists(Consent.objects.filter(point__contact=person)),
        confirmed_at=None,
        created_at__lt=until,
        owner=None,
    )
    for link in links.registered():
        if link.idle is not None and not link.idle:
            continue
        held = link.model._default_manager.filter(**{link.field: person})
        rows = rows.filter(~Exists(held.exclude(link.idle) if link.idle else held))
    return rows


def forget_provisional(portion: int = PORTION) -> int:
    """Delete at most *portion* of them, with all that the form left; how many.

    The ledger of consents has no keys and keeps its lines.
    """
    days = CrmSettings.load().provisional_for
    if not days:
        return 0
    until = timezone.now() - dt.timedelta(days=days)
    with transaction.atomic():
        rows = forgettable(until).select_for_update(of=("self",)).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:portion])
        if ids:
            _delete(ids)
    return len(ids)


def _delete(ids: list[int]) -> None:
    for link in links.registered():
        if link.idle is not None:
            link.model._default_manager.filter(**{f"{link.field}__in": ids}).delete()
    told = Change.objects.filter(about__in=ids, model__in=TOLD_OF)
    operations = list(told.values_list("operation", flat=True).distinct())
    told.delete()
    Operation.objects.filter(pk__in=operations, changes=None, bundles=None).delete()
    Contact.objects.filter(pk__in=ids).delete()
    changes.note(ids, "stays")


@queue.chore("provisional-expiry", every=86_400)
def forget_daily() -> bool:
    """Forget a portion; true while a full one was found."""
    return forget_provisional() >= PORTION
