"""The ends of the calendar in a filter of days break no list and no report."""

import django_filters
import pytest
from django.urls import reverse

from crm_plugin.reports import kpi
from tests import permission_matrix
from tests.permission_world import World, routes

pytestmark = [pytest.mark.django_db, pytest.mark.once]
# What an address calls a day.
IN_ADDRESSES = ("day", "on", "since", "from", "first", "last")
DAYS = ["0001-01-01", "9999-12-31"]


def lists():
    """The pages that need nothing to be opened, and every report."""
    known = routes()
    for name in permission_matrix.flat(permission_matrix.READ):
        if not known.get(name):
            yield reverse(name)
    for report in kpi.all_kpis():
        yield reverse("crm_report:show", args=[report.name])


def filters_of_days(response):
    """The inputs of the filters by a stretch of days."""
    filters = (response.context or {}).get("filters")
    for name, found in filters.filters.items() if filters else ():
        if isinstance(found, django_filters.DateFromToRangeFilter):
            yield from (f"{name}_from", f"{name}_to")


@pytest.mark.slow
@pytest.mark.parametrize("day", DAYS)
def test_on_no_list_and_no_report(client, owner, day):
    World()
    client.force_login(owner)
    asked = set()
    for page in lists():
        names = set(filters_of_days(client.get(page)))
        asked |= names
        told = dict.fromkeys([*names, *IN_ADDRESSES], day) | {"period": "dates"}
        assert client.get(page, told).status_code < 500, page
    assert asked >= {"created_from", "last_touch_to", "on_from", "closed_at_to"}
