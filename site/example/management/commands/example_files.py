"""``manage.py example_files DIR``: two sheets to try the imports with."""

import random
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from example.content import files, guests


class Command(BaseCommand):
    help = "Write a messy guest list (.xlsx) and a till's export (.csv) into DIR."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        folder.mkdir(parents=True, exist_ok=True)
        today, cards = timezone.localdate(), guests.card_numbers()
        contents = {
            "guests.xlsx": files.guest_list(random.Random(files.SEED)),
            "till.csv": files.till_export(
                random.Random(files.SEED + 1), today, files.listed_members(), cards
            ),
        }
        for name, data in contents.items():
            (folder / name).write_bytes(data)
            self.stdout.write(str(folder / name))
