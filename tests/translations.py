"""Fail when a Japanese translation is missing, fuzzy or broken.

Strings are gathered anew into a scratch copy, so that a string added to the code and
not to the catalogue is found too.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
APPS = [ROOT / "crm_plugin", ROOT / "site" / "example", ROOT / "templates"]
DJANGO_ADMIN = Path(sys.executable).parent / "django-admin"
COMMENT = "#"


def entries(catalogue: Path) -> list[list[str]]:
    """The catalogue's entries as lists of lines, obsolete ones left out."""
    blocks = catalogue.read_text().split("\n\n")
    return [b.splitlines() for b in blocks if "\nmsgid" in f"\n{b}" and "#~" not in b]


def missing(catalogue: Path) -> list[str]:
    """The source strings whose Japanese is empty or marked fuzzy."""
    found = []
    for lines in entries(catalogue)[1:]:
        fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
        text = "\n".join(line for line in lines if not line.startswith(COMMENT))
        source, _sep, translation = text.partition("msgstr")
        if fuzzy or not translation.split('"', 1)[1].strip('"\n '):
            found.append(source.strip())
    return found


def gather(app: Path, scratch: Path) -> Path:
    """A copy of the app with its catalogue brought up to date with the code."""
    copy = scratch / app.name
    shutil.copytree(app, copy)
    subprocess.run(
        [DJANGO_ADMIN, "makemessages", "-l", "ja", "--no-obsolete", "-v0"],
        cwd=copy,
        check=True,
    )
    return copy / "locale" / "ja" / "LC_MESSAGES" / "django.po"


def main() -> int:
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for app in APPS:
            for source in missing(gather(app, Path(folder))):
                failed = True
                print(f"{app.name}: {source}", file=sys.stderr)  # noqa: T201
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
