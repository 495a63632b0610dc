"""Nobody waits for an answer without end."""

import time

import pytest
from django.db import connection, transaction

from crm_plugin import models
from crm_plugin.rules.patience import Patience, TookTooLong, within

pytestmark = pytest.mark.django_db
LONG = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(30)",
}


def wait_long():
    with connection.cursor() as cursor:
        cursor.execute(LONG[connection.vendor])
        cursor.fetchall()


def read_something():
    return models.Segment.objects.count()


def test_a_statement_without_end_is_ended():
    begun = time.monotonic()
    with pytest.raises(TookTooLong), within(0.1):
        wait_long()
    assert time.monotonic() - begun < 5


def test_afterwards_the_same_transaction_goes_on():
    with transaction.atomic():
        with pytest.raises(TookTooLong), within(0.05):
            wait_long()
        assert read_something() == 0


def test_what_is_short_is_read_as_ever():
    with within(5):
        assert read_something() == 0


def test_the_limit_ends_with_the_block():
    with within(0.2):
        read_something()
    time.sleep(0.25)
    assert read_something() == 0
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="PostgreSQL alone compiles statements"
)
def test_what_somebody_waits_for_is_not_compiled_first():
    def jit():
        with connection.cursor() as cursor:
            cursor.execute("SHOW jit")
            return cursor.fetchone()[0]

    before = jit()
    with within(5):
        assert jit() == "off"
    assert jit() == before


def test_other_errors_stay_what_they_are():
    with pytest.raises(ValueError, match="mine"), within(5):
        raise ValueError("mine")


def test_when_the_time_is_over_nothing_more_is_begun():
    patience = Patience(0.01)
    time.sleep(0.02)
    with pytest.raises(TookTooLong), patience.share():
        pytest.fail("began")


def test_a_part_is_a_part_of_what_is_left():
    patience = Patience(10)
    begun = time.monotonic()
    with pytest.raises(TookTooLong), patience.share(0.01):
        wait_long()
    assert time.monotonic() - begun < 5
    assert patience.left > 5
