"""``manage.py crm_duplicates``: find contacts that may be one person."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from crm_plugin import queue
from crm_plugin.contacts.duplicates import search
from crm_plugin.contacts.models import SuspectedPair
from crm_plugin.management.output import JsonCommand


class Command(JsonCommand):
    help = (
        "Search all contacts for doubles and print the pairs with their scores and"
        " reasons; ids only, no personal data."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--stored", action="store_true", help="print what the last search found"
        )
        parser.add_argument(
            "--min-score", type=float, default=0.0, help="probability, 0 to 1"
        )

    def run(self, **options: Any) -> dict[str, Any]:
        if not 0 <= options["min_score"] <= 1:
            raise CommandError("--min-score lies between 0 and 1.")
        if not options["stored"]:
            done = search.search_now()
            if done.state != queue.Work.State.DONE:
                raise CommandError(
                    "The search goes on elsewhere, or stopped; see Work."
                )
        rows = SuspectedPair.objects.open().filter(score__gte=options["min_score"])
        pairs = []
        for pair in rows.select_related("lower", "higher").order_by("-score", "id"):
            pairs.append(
                {
                    "contacts": [pair.lower.public_id, pair.higher.public_id],
                    "score": pair.score,
                    "strength": pair.strength.value,
                    "reasons": pair.reasons,
                }
            )
            self.say(
                f"{pair.score:.4f}\t{pair.lower.public_id}\t{pair.higher.public_id}\t"
                f"{' '.join(pair.reasons)}"
            )
        self.say(f"{len(pairs)} pairs")
        return {"pairs": pairs, "count": len(pairs)}
