"""``manage.py crm_kpi NAME``: one KPI for people and scripts."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from crm_plugin.management.output import JsonCommand
from crm_plugin.reports import kpi


class Command(JsonCommand):
    help = "Compute one KPI; without NAME, list them."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", nargs="?", default="", metavar="NAME")

    def run(self, **options: Any) -> dict[str, Any]:
        names = [entry.name for entry in kpi.all_kpis()]
        if not options["name"]:
            for entry in kpi.all_kpis():
                self.say(f"{entry.name}: {entry.title}")
            return {"names": names}
        try:
            chosen = kpi.get(options["name"])
        except KeyError as error:
            raise CommandError(f"Unknown KPI. Known: {', '.join(names)}.") from error
        result = chosen.result()
        self.say(f"{chosen.title}\n{chosen.formula}")
        for row in [result.headings, *result.rows]:
            self.say("\t".join(str(cell) for cell in row))
        headings = [str(heading) for heading in result.headings]
        return {
            "name": chosen.name,
            "formula": str(chosen.formula),
            "headings": headings,
            "rows": [list(row) for row in result.rows],
            "figures": result.figures,
        }
