"""``manage.py crm_doctor``: is this installation fit to keep promises?"""

from typing import Any

from django.core.management.base import CommandParser

from crm_plugin.consents import rebuild
from crm_plugin.management.doctor import examine
from crm_plugin.management.output import Failed, JsonCommand


class Command(JsonCommand):
    help = (
        "Check settings, database, queue, mail set-up, consent ledger and dangerous"
        " permissions; fails when one of them is in error."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--rebuild-consents",
            action="store_true",
            help="first make the current consents again from the ledger",
        )

    def run(self, **options: Any) -> dict[str, Any]:
        result: dict[str, Any] = {}
        if options["rebuild_consents"]:
            result["rebuilt"] = rebuild.rebuild()
            self.say(f"Rebuilt {result['rebuilt']} consents.")
        result["findings"] = []
        for part, finding in examine():
            result["findings"].append({"part": part, **finding._asdict()})
            todo = f" → {finding.do}" if finding.do else ""
            self.say(f"[{finding.level:>7}] {part}: {finding.what}{todo}")
        levels = [finding["level"] for finding in result["findings"]]
        result |= {"errors": levels.count("error"), "warnings": levels.count("warning")}
        if result["errors"]:
            raise Failed(f"{result['errors']} errors", result)
        return result
