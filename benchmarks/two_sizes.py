"""Two throw-away databases, a small one and a large one, that take turns.

``CRM_BENCHMARK_DIR`` says where SQLite keeps its two files (a million contacts take
some 6 GB). PostgreSQL keeps them beside the chosen one. They are removed afterwards,
unless they are kept for the next run, which then needs not fill them.
"""

import copy
import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.utils import load_backend
from django.test.utils import setup_test_environment, teardown_test_environment

SIZES = ("small", "large")


class TwoSizes:
    """Connections by size; ``use`` makes one of them the default."""

    def __init__(self, *, keep: bool, called: str) -> None:
        self.keep, self.called = keep, called
        self.own = connections["default"]
        # Making a database puts its name where this one stands.
        self.name = self.own.settings_dict["NAME"]
        self.known: dict[str, Any] = {}

    def use(self, size: str) -> None:
        connections["default"] = self.known[size]

    def make(self, size: str, folder: Path) -> None:
        """A database with every table, which is the default from then on.

        It is empty, or as the last run left it.
        """
        settings = copy.deepcopy(self.own.settings_dict)
        sqlite = self.own.vendor == "sqlite"
        beside = f"{self.name}_{self.called}_{size}"
        name = str(folder / f"{size}.sqlite3") if sqlite else beside
        settings["TEST"] = {**settings["TEST"], "NAME": name}
        backend = load_backend(settings["ENGINE"])
        self.known[size] = connections["default"] = backend.DatabaseWrapper(
            settings, "default"
        )
        self.known[size].creation.create_test_db(
            verbosity=0, autoclobber=True, serialize=False, keepdb=self.keep
        )

    def remove(self) -> None:
        for size, made in self.known.items():
            self.use(size)
            made.creation.destroy_test_db(self.name, verbosity=0, keepdb=self.keep)
        connections["default"] = self.own


@contextmanager
def two_sizes(*, keep: bool = False, called: str = "screens") -> Iterator[TwoSizes]:
    """*called*: benchmarks of one name use the same databases, where they are kept."""
    setup_test_environment()
    databases = TwoSizes(keep=keep, called=called)
    with _folder(f"crm-{called}", keep=keep) as folder:
        try:
            for size in SIZES:
                databases.make(size, Path(folder))
            yield databases
        finally:
            databases.remove()
            teardown_test_environment()


def _folder(name: str, *, keep: bool) -> AbstractContextManager[str]:
    where = os.environ.get("CRM_BENCHMARK_DIR") or tempfile.gettempdir()
    if not keep:
        return tempfile.TemporaryDirectory(dir=where, prefix=f"{name}-")
    kept = Path(where) / name
    kept.mkdir(parents=True, exist_ok=True)
    return nullcontext(str(kept))
