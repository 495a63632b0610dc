"""Whose history is asked for: one contact's, or an organisation's and its people's."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from crm_plugin.contacts.models import Affiliation, Contact, Organisation


@dataclass(frozen=True)
class People:
    """The people of an organisation whom *user* may see, each while they belonged there.

    Without a first or last day a place counts from ever or until now; both days count.
    """

    organisation: Organisation
    user: Any

    def narrow(self, rows: QuerySet, moment: str) -> QuerySet:
        """Rows with a ``contact`` who belonged there on the site's day of *moment*."""
        seen = Contact.objects.visible_to(self.user)
        places = Affiliation.objects.of_people().filter(
            organisation=self.organisation, contact__in=seen.values("pk")
        )
        then = places.filter(
            Q(started_on=None) | Q(started_on__lte=OuterRef("crm_day")),
            Q(ended_on=None) | Q(ended_on__gte=OuterRef("crm_day")),
            contact=OuterRef("contact"),
        )
        day = TruncDate(moment, tzinfo=timezone.get_default_timezone())
        # The first condition finds the rows by their index, the second weighs them.
        rows = rows.alias(crm_day=day).filter(contact__in=places.values("contact"))
        return rows.filter(Exists(then))

    def own(self, rows: QuerySet) -> QuerySet:
        """Rows with the ``organisation`` itself, with or without a person."""
        return rows.filter(organisation=self.organisation)


Who = int | People


def narrowed(rows: QuerySet, who: Who, moment: str) -> QuerySet:
    """Those of *rows* (with a ``contact``) that the history of *who* tells.

    *moment* is the column that says when: what was before somebody came to an
    organisation, and after they left, is no story of the organisation.
    """
    if isinstance(who, int):
        return rows.filter(contact_id=who)
    return who.narrow(rows, moment)


def narrowed_with_own(rows: QuerySet, who: Who, moment: str) -> QuerySet:
    """The same of *rows* that have an ``organisation``, too: also those with itself."""
    if isinstance(who, int):
        return narrowed(rows, who, moment)
    # Each by its own index: together, the database would read every row there ever was.
    theirs = who.narrow(rows, moment).order_by().values("pk")
    return rows.filter(pk__in=theirs.union(who.own(rows).order_by().values("pk")))
