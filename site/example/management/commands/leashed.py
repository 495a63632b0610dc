"""``manage.py leashed FD COMMAND …``: a part of the demo, which ends with it."""

import argparse
from typing import Any

from django.core.management import execute_from_command_line
from django.core.management.base import BaseCommand, CommandParser

from example import leash


class Command(BaseCommand):
    help = "Run another command until the process that started it is gone."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("end", type=int, help="the end of a pipe to watch")
        parser.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND …")

    def handle(self, *args: Any, **options: Any) -> None:
        leash.follow(options["end"])
        execute_from_command_line(["manage.py", *options["words"]])
