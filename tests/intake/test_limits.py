"""Counting that several processes agree on."""

import datetime as dt
import os
import subprocess
import sys
import textwrap

import pytest
from django.db import connection
from django.utils import timezone

from crm_plugin.intake import limits
from crm_plugin.intake.models import PostCount

PROCESSES, TIMES = 4, 25
SETTINGS = "example.settings.test"
COUNTING = """
    import django, sys
    django.setup()
    from django.db import connections
    connections.databases["default"]["NAME"] = {name!r}
    from crm_plugin.intake import limits
    print("ready", flush=True)
    sys.stdin.readline()
    for _time in range({times}):
        found = limits.count(["network:x", "browser:{number}"], seconds=10**9)
    print(found["browser:{number}"])
"""


@pytest.mark.django_db
def test_each_key_is_counted_by_one_statement_for_all(django_assert_num_queries):
    limits.count(["a", "b"])
    with django_assert_num_queries(1):
        found = limits._in_table({"a:1": "a", "b:1": "b"}, 1, 600)
    assert found == {"a:1": 1, "b:1": 1}


@pytest.mark.django_db
def test_a_key_named_twice_counts_once():
    assert limits.count(["a", "a"]) == {"a": 1}
    assert limits.count(["a"]) == {"a": 2}


@pytest.mark.django_db
def test_nothing_to_count_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert limits.count([]) == {}


@pytest.mark.django_db
def test_windows_that_are_over_are_forgotten():
    now = timezone.now()
    for name, hours in (("old", -1), ("running", 1)):
        PostCount.objects.create(key=name, until=now + dt.timedelta(hours=hours))
    limits.forget_old()
    assert PostCount.objects.get().key == "running"


def test_a_key_tells_no_address():
    key = limits.key_of("address_rate", "hanako@mail.example")
    assert "hanako" not in key
    assert len(key) <= 60


@pytest.mark.django_db(transaction=True)
def test_several_processes_lose_no_count():
    """Real processes on the real database: what a cache in a table cannot do."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    workers = []
    for number in range(PROCESSES):
        script = COUNTING.format(
            name=str(connection.settings_dict["NAME"]), times=TIMES, number=number
        )
        workers.append(
            subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environment | {"DJANGO_SETTINGS_MODULE": SETTINGS},
            )
        )
    assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * PROCESSES
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=120) for worker in workers]
    assert [out.strip() for out, _err in said] == [str(TIMES)] * PROCESSES, said
    total = limits.count(["network:x"], seconds=10**9)["network:x"]
    assert total == PROCESSES * TIMES + 1
