"""How our commands speak: words for people, one JSON object for scripts."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder


class Failed(CommandError):
    """A command that did not succeed, with what it found out all the same."""

    def __init__(self, message: str, result: dict[str, Any]) -> None:
        super().__init__(message)
        self.result = result


class JsonCommand(BaseCommand):
    """A command with ``--json``; subclasses implement ``run(**options) -> dict``.

    With ``--json`` the last line of standard output is one JSON object, also when the
    command fails: then it has an ``error``. The exit code is 0 only when ``run``
    returned; raise ``CommandError``, or ``Failed`` with a result, otherwise.
    """

    as_json = False
    quiet = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object as the last line"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json = options.pop("json", False)
        self.quiet = options["verbosity"] == 0
        try:
            result = self.run(**options)
        except CommandError as error:
            self.report({**getattr(error, "result", {}), "error": str(error)})
            raise
        self.report(result)

    def report(self, result: dict[str, Any]) -> None:
        """Print *result* for scripts, if they asked for it."""
        if self.as_json:
            line = json.dumps(
                result, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False
            )
            self.stdout.write(line)

    def say(self, text: str) -> None:
        """A line for people; kept out of the way of ``--json`` and ``-v 0``."""
        if not self.as_json and not self.quiet:
            self.stdout.write(text)

    def run(self, **options: Any) -> dict[str, Any]:
        raise NotImplementedError
