"""``manage.py crm_work``: do now what a worker would do, for cron and operators."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from crm_plugin import queue
from crm_plugin.management.output import JsonCommand


class Command(JsonCommand):
    help = (
        "Do what is due now: changes, refresh, deliver … Without KIND, everything that"
        " is due. Goes on until nothing is left or the time is up."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("kinds", nargs="*", metavar="KIND", help="chore or work")
        parser.add_argument("--seconds", type=float, default=60, help="at most so long")

    def run(self, **options: Any) -> dict[str, Any]:
        known = queue.names()
        if unknown := [kind for kind in options["kinds"] if kind not in known]:
            raise CommandError(
                f"Unknown: {', '.join(unknown)}. Known: {', '.join(known)}."
            )
        done = queue.run_due(*options["kinds"], seconds=options["seconds"])
        failed = list(
            queue.Work.objects.filter(state=queue.Work.State.FAILED).values_list(
                "kind", "key", "error"
            )[:20]
        )
        for name, portions in done.items():
            self.say(f"{name}: {portions}")
        for kind, key, error in failed:
            self.say(f"failed: {kind} {key}: {error}")
        return {"done": done, "failed": failed}
