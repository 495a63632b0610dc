"""``python -m benchmarks NAME [--size N] [--json]``: ours and the reference in turns.

``DATABASE_URL`` chooses the database; a throw-away one is made beside it. The last
line is one JSON object; ratios are judged, times are only printed.
"""

import argparse
import importlib
import json
import logging
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMES = sorted(
    path.stem
    for path in Path(__file__).parent.glob("*.py")
    if path.stem
    not in {
        "__init__",
        "__main__",
        "harness",
        "generator",
        "segment_shop",
        "segment_shapes",
        "hand_forms",
        "plain_form",
        "people",
        "doubles",
        "crowd",
        "crowd_desk",
        "loading",
        "two_sizes",
    }
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument(
        "--size", type=int, default=0, help="contacts (default: its own)"
    )
    parser.add_argument("--json", action="store_true", help="only the JSON line")
    parser.add_argument(
        "--case", action="append", default=[], help="only cases whose name holds this"
    )
    parser.add_argument(
        "--keep", action="store_true", help="leave the filled databases to the next run"
    )
    wanted = parser.parse_args()
    sys.path[:0] = [str(ROOT), str(ROOT / "site")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example.settings.test")
    import django

    django.setup()
    from .harness import throw_away_database

    module = importlib.import_module(f"benchmarks.{wanted.name}")
    size = wanted.size or module.SIZE
    logging.disable(logging.WARNING)
    if hasattr(module, "databases"):
        with module.databases(keep=wanted.keep) as made:
            report = module.run(size, made, wanted.case)
    elif wanted.case or wanted.keep:
        parser.error(f"{wanted.name} always runs whole, in a database of its own")
    else:
        with throw_away_database():
            report = module.run(size)
    outcome = report.as_dict(wanted.name, size)
    if not wanted.json:
        report.print_table()
    print(json.dumps(outcome))
    return 0 if all(case["kept"] for case in outcome["cases"]) else 1


if __name__ == "__main__":
    sys.exit(main())
