"""Two throw-away databases, a small one and a large one, that take turns.

``CRM_BENCHMARK_DIR`` says where SQLite keeps its two files (a million contacts take
some 6 GB); they are removed afterwards. PostgreSQL keeps them beside the chosen one.
"""

import copy
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.utils import load_backend
from django.test.utils import setup_test_environment, teardown_test_environment

SIZES = ("small", "large")


class TwoSizes:
    """Connections by size; ``use`` makes one of them the default."""

    def __init__(self) -> None:
        self.own = connections["default"]
        self.known: dict[str, Any] = {}

    def use(self, size: str) -> None:
        connections["default"] = self.known[size]

    def make(self, size: str, folder: Path) -> None:
        """An empty database with every table, which is the default from then on."""
        settings = copy.deepcopy(self.own.settings_dict)
        sqlite = self.own.vendor == "sqlite"
        name = str(folder / f"{size}.sqlite3") if sqlite else f"crm_screens_{size}"
        settings["TEST"] = {**settings["TEST"], "NAME": name}
        backend = load_backend(settings["ENGINE"])
        self.known[size] = connections["default"] = backend.DatabaseWrapper(
            settings, "default"
        )
        self.known[size].creation.create_test_db(
            verbosity=0, autoclobber=True, serialize=False
        )

    def remove(self) -> None:
        original = self.own.settings_dict["NAME"]
        for size, made in self.known.items():
            self.use(size)
            made.creation.destroy_test_db(original, verbosity=0)
        connections["default"] = self.own


@contextmanager
def two_sizes() -> Iterator[TwoSizes]:
    setup_test_environment()
    databases = TwoSizes()
    where = os.environ.get("CRM_BENCHMARK_DIR")
    with tempfile.TemporaryDirectory(dir=where, prefix="crm-screens-") as folder:
        try:
            for size in SIZES:
                databases.make(size, Path(folder))
            yield databases
        finally:
            databases.remove()
            teardown_test_environment()
