"""Plans in the field registry: what sheets bring and exports hold."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm_plugin import journal
from crm_plugin.contacts.fields import Field, Noun, Values

from . import plans
from .models import Plan

NAME, SINCE = "plan.name", "plan.since"


def plan_fields(user: Any) -> list[Field]:
    """Nothing where a site has no plans, and nothing to those who may not see them."""
    if user is not None and not user.has_perm("crm_plugin.view_planperiod"):
        return []
    known = list(Plan.objects.filter(active=True))
    if not known:
        return []
    choices = tuple((plan.key, plan) for plan in known)
    return [
        Field(NAME, _("plan"), "choice", choices=choices),
        Field(SINCE, _("plan since"), "date"),
    ]


def read(contact_ids: Iterable[int], names: Iterable[str]) -> Values:
    """What they have today."""
    return {
        pk: {NAME: row.plan.key, SINCE: row.started_on}
        for pk, row in plans.current(contact_ids).items()
    }


def write(wanted: Values) -> list[journal.Entry]:
    """Who has another plan changes to it; a blank changes nothing."""
    known = {plan.key: plan for plan in Plan.objects.all()}
    return plans.take_many(
        {
            pk: (known.get(said.get(NAME) or ""), said.get(SINCE))
            for pk, said in wanted.items()
        }
    )


NOUN = Noun(plan_fields, read, write, plans.ASPECT)
