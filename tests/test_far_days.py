"""The ends of the calendar in a filter of days break no list and no report."""

import re

import pytest
from django.urls import reverse

from crm_plugin.reports import kpi
from tests import permission_matrix
from tests.permission_world import World, routes

pytestmark = [pytest.mark.django_db, pytest.mark.once]
# Inputs of days, and whatever an address calls one.
INPUT = re.compile(r"<input\b[^>]*>")
NAME = re.compile(r'\bname="([^"]+)"')
IN_ADDRESSES = ("day", "on", "since", "from")
DAYS = ["0001-01-01", "9999-12-31"]


def lists():
    """The pages that need nothing to be opened, and every report."""
    known = routes()
    for name in permission_matrix.flat(permission_matrix.READ):
        if not known.get(name):
            yield reverse(name)
    for report in kpi.all_kpis():
        yield reverse("crm_report:show", args=[report.name])


def fields_of_days(text):
    inputs = [found for found in INPUT.findall(text) if is_of_days(found)]
    return {name for found in inputs for name in NAME.findall(found)}


def is_of_days(found):
    return 'type="date"' in found or "w-date" in found


@pytest.mark.parametrize("day", DAYS)
def test_on_no_list_and_no_report(client, owner, day):
    World()
    client.force_login(owner)
    asked = set()
    for page in lists():
        names = fields_of_days(client.get(page).text)
        asked |= names
        told = dict.fromkeys([*names, *IN_ADDRESSES], day) | {"period": "dates"}
        assert client.get(page, told).status_code < 500, page
    assert asked >= {"created_from", "created_to", "last_touch_from", "on_to", "first"}
