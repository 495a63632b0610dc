"""The test database is migrated once, and every process of a run copies it.

To migrate takes as long as hundreds of tests. SQLite's file stays for the next run; it
is made anew whenever our code or an installed package is another one. PostgreSQL's goes
with the run: ``tests.scaled`` names it and drops it.
"""

import fcntl
import hashlib
import os
import sqlite3
from contextlib import closing, contextmanager
from importlib.metadata import distributions
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[1]


@contextmanager
def one_at_a_time(folder):
    with (folder / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def migrate():
    """What Django does for a test database that is no copy."""
    usual = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.creation.destroy_test_db(usual, verbosity=0, keepdb=True)


def copied_file():
    """Put a copy of the migrated file where the test database belongs; its name."""
    name = connection.creation._get_test_db_name()
    folder, known = Path(settings.VAR), digest()
    with one_at_a_time(folder):
        template = folder / f"migrated-{known}.sqlite3"
        if not template.exists():
            for old in folder.glob("migrated-*.sqlite3"):
                old.unlink()
            migrate()
            copy(name, made := folder / "migrated.sqlite3")
            made.rename(template)
        remove(name)
        copy(template, name)
    return name


def copied_on_the_server(shared):
    """Let Django make the test database from the template of this run, if it has one."""
    template, test = os.environ.get("TEST_TEMPLATE"), connection.settings_dict["TEST"]
    if not template:
        return
    name, made = test["NAME"], shared / "migrated"
    with one_at_a_time(shared):
        if not made.exists():
            test["NAME"] = template
            migrate()
            made.touch()
    test.update(NAME=name, TEMPLATE=template)


def digest():
    """All that a migrated file depends on, as a few characters."""
    packages = sorted((one.name, one.version) for one in distributions())
    whole = hashlib.sha256(repr((sqlite3.sqlite_version, packages)).encode())
    for folder in ("crm_plugin", "site"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            whole.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return whole.hexdigest()[:16]


def copy(source, target):
    """A SQLite file with what still stands in its log."""
    with (
        closing(sqlite3.connect(source)) as original,
        closing(sqlite3.connect(target)) as made,
    ):
        original.backup(made)


def remove(name):
    for end in ("", "-wal", "-shm"):
        Path(f"{name}{end}").unlink(missing_ok=True)
