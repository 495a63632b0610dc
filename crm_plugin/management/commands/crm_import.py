"""``manage.py crm_import FILE``: take a sheet in without the admin's wizard."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from crm_plugin import queue, sheets
from crm_plugin.consents.models import Topic
from crm_plugin.imports import applying, checking, nouns, reading, steps
from crm_plugin.imports.basis import Basis, stated
from crm_plugin.imports.models import ImportBatch, ImportRow
from crm_plugin.management.output import JsonCommand

Outcome = ImportRow.Outcome
SHOWN = 50
READABLE = [Outcome.NEW, Outcome.UPDATE, Outcome.SAME]


class Command(JsonCommand):
    help = (
        "Read a spreadsheet of contacts or purchases, check it, and write it. With"
        " --dry-run nothing is written or kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help=".xlsx, .csv or .tsv")
        parser.add_argument(
            "--noun",
            choices=ImportBatch.Noun.values,
            default=ImportBatch.Noun.CONTACTS.value,
            help="what the rows are (default: contacts)",
        )
        parser.add_argument("--dry-run", action="store_true", help="check only")
        parser.add_argument(
            "--basis",
            choices=Basis.values,
            default=Basis.NONE.value,
            help="on what basis these people may be written to (default: none)",
        )
        parser.add_argument("--topic", help="key of what they agreed to receive")
        parser.add_argument("--note", default="", help="where the evidence is")
        parser.add_argument(
            "--update", action="store_true", help="replace existing values"
        )
        parser.add_argument(
            "--lenient", action="store_true", help="use rows without unreadable cells"
        )
        parser.add_argument("--by", metavar="USER", help="user name of who imports")

    def run(self, **options: Any) -> dict[str, Any]:
        choices = _choices(options)
        user = _user(options["by"])
        batch = _take_in(options["file"], noun=options["noun"], by=user)
        try:
            batch = _check(batch, choices, by=user)
            result = _checked(batch)
            if not any(batch.counts.get(outcome) for outcome in READABLE):
                raise CommandError("No row can be used; " + _first_problem(batch))
            if not options["dry_run"]:
                applying.start_apply(batch, by=user)
                batch = _run(batch, applying.KIND)
                done = dict(batch.counts["done"])
                result |= {"reach": done.pop("reach"), "done": done}
                result["import"] = str(batch.public_id)
        finally:
            if batch.state in steps.CHOOSING:
                steps.discard(batch)
        self._tell(result)
        return result

    def _tell(self, result: dict[str, Any]) -> None:
        for part in ("columns", "outcomes", "reach", "done"):
            for name, value in result.get(part, {}).items():
                self.say(f"{part}: {name}: {value}")
        for problem in result["problems"]:
            self.say(f"row {problem['row']}: {problem['message']}")


def _choices(options: dict[str, Any]) -> dict[str, Any]:
    topic = None
    if options["topic"]:
        topic = Topic.objects.filter(key=options["topic"], active=True).first()
        if topic is None:
            keys = ", ".join(Topic.objects.values_list("key", flat=True)) or "none"
            raise CommandError(f"No topic {options['topic']!r}. There are: {keys}.")
    if stated(options["basis"]) and topic is None:
        raise CommandError("A basis needs --topic: what did they agree to receive?")
    return {
        "basis": options["basis"],
        "topic": topic if stated(options["basis"]) else None,
        "note": options["note"][:200],
        "update": options["update"],
        "lenient": options["lenient"],
    }


def _user(name: str | None) -> Any:
    if name is None:
        return None
    model = get_user_model()
    user = model._default_manager.filter(**{model.USERNAME_FIELD: name}).first()
    if user is None:
        raise CommandError(f"There is no user {name!r}.")
    return user


def _take_in(path: Path, *, noun: str, by: Any) -> ImportBatch:
    try:
        size, data = path.stat().st_size, b""
        if size <= sheets.max_bytes():
            data = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path.name}: {error.strerror}") from error
    try:
        if size > sheets.max_bytes():
            limit = sheets.max_bytes() // 1024 // 1024
            raise sheets.Refused("too_large", limit=limit)
        batch = reading.take_in(data, path.name, noun=noun, by=by)
    except sheets.Refused as refused:
        raise CommandError(f"{path.name}: {refused}") from refused
    batch = _run(batch, reading.KIND)
    if batch.state == ImportBatch.State.FAILED:
        message = batch.error
        batch.delete()
        raise CommandError(f"{path.name}: {message}")
    return batch


def _check(batch: ImportBatch, choices: dict[str, Any], *, by: Any) -> ImportBatch:
    missing = nouns.lacking(batch.noun, batch.mapping.values())
    if missing:
        raise CommandError(
            f"No column was understood as {', '.join(missing)}."
            f" Columns: {', '.join(batch.headers)}."
        )
    steps.choose_basis(batch, choices)
    checking.start_check(batch, by=by)
    return _run(batch, checking.KIND)


def _run(batch: ImportBatch, kind: str) -> ImportBatch:
    """Do the work here, or wait for the worker that does it already."""
    work = queue.Work.objects.get(kind=kind, key=str(batch.pk))
    while work.state in queue.Work.OPEN:
        if not queue.run_due(kind, seconds=60):
            time.sleep(0.2)
        work.refresh_from_db()
        if work.error:
            work.state = queue.Work.State.FAILED
    if work.state != queue.Work.State.DONE:
        raise CommandError(f"{kind} stopped: {work.error or work.state}")
    return ImportBatch.objects.defer("file").get(pk=batch.pk)


def _checked(batch: ImportBatch) -> dict[str, Any]:
    counts = {key: value for key, value in batch.counts.items() if key != "reach"}
    return {
        "noun": batch.noun,
        "rows": batch.row_count,
        "columns": {
            batch.headers[int(index)]: name for index, name in batch.mapping.items()
        },
        "outcomes": counts,
        "reach": batch.counts.get("reach", {}),
        "problems": _problems(batch),
    }


def _problems(batch: ImportBatch) -> list[dict[str, Any]]:
    rows = batch.rows.filter(outcome__in=["bad", "double"]).order_by("number")[:SHOWN]
    return [
        {
            "row": row.number,
            "column": None
            if problem["column"] is None
            else batch.headers[problem["column"]],
            "message": problem["message"],
        }
        for row in rows
        for problem in row.problems
    ]


def _first_problem(batch: ImportBatch) -> str:
    problem = _problems(batch)[0]
    return f"row {problem['row']}: {problem['message']}"
