"""``manage.py crm_work``: do now what a worker would do, for cron and operators."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Q
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.management.output import Failed, JsonCommand

SHOWN = 20


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
        since = timezone.now()
        done = queue.run_due(*options["kinds"], seconds=options["seconds"])
        for name, portions in done.items():
            self.say(f"{name}: {portions}")
        failed, fresh = _failed(done, since)
        for work in failed:
            self.say(f"failed: {work['kind']} {work['key']}: {work['error']}")
        result = {"done": done, "failed": failed}
        if fresh:
            raise Failed(f"{fresh} pieces of work failed.", result)
        return result


def _failed(done: Iterable[str], since: dt.datetime) -> tuple[list[dict], int]:
    """Work that was given up or waits after an error, and how much of it just now."""
    given_up = Q(state=queue.Work.State.FAILED)
    rows = queue.Work.objects.filter(given_up | ~Q(error=""))
    tried = Q(finished_at__gte=since) | Q(lease_until__gte=since)
    fresh = rows.filter(tried, kind__in=list(done)).exclude(error="").count()
    return list(rows.order_by("-id").values("kind", "key", "error")[:SHOWN]), fresh
