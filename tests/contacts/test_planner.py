"""After much was written at once the database knows how much it is."""

import pytest
from django.db import connection

from crm_plugin.contacts import planner
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ROWS = "SELECT reltuples FROM pg_class WHERE relname = 'crm_plugin_contact'"


def test_postgresql_counts_what_was_just_written():
    factories.ContactFactory.create_batch(3)
    planner.look_again()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(ROWS)
            assert cursor.fetchone() == (3,)
