"""``manage.py crm_doctor``: is this installation fit to keep promises?"""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import CommandError
from django.db import connection

from crm_plugin import queue
from crm_plugin.conf import setting
from crm_plugin.management.output import JsonCommand
from crm_plugin.models import Sender, Topic

Finding = tuple[str, str, str]  # level (ok, warning, error), what, what to do


def settings_findings() -> Iterator[Finding]:
    if "crm" in getattr(settings, "TASKS", {}):
        yield "ok", "TASKS has the alias crm", ""
    else:
        yield (
            "error",
            "TASKS lacks the alias crm",
            "Copy the block of docs/settings.md.",
        )
    if setting("CRM_LINK_KEY"):
        yield "ok", "CRM_LINK_KEY is set", ""
    else:
        yield (
            "warning",
            "CRM_LINK_KEY is empty: links and opt-outs depend on SECRET_KEY",
            "Set CRM_LINK_KEY to a long random text and never change it.",
        )
    if settings.DEBUG:
        yield "warning", "DEBUG is on", "Use production settings on a server."


def database_findings() -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        yield "ok", f"database: {connection.vendor}", ""
        return
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    immediate = settings.DATABASES["default"].get("OPTIONS", {}).get("transaction_mode")
    if mode == "wal" and immediate == "IMMEDIATE":
        yield "ok", "SQLite: WAL and immediate transactions", ""
    else:
        yield (
            "error",
            f"SQLite: journal {mode}, transactions {immediate or 'deferred'}",
            "Copy the OPTIONS of docs/settings.md: writers lose data without them.",
        )


def queue_findings() -> Iterator[Finding]:
    seen = queue.last_beat()
    if queue.alive():
        yield "ok", f"a worker was seen at {seen:%Y-%m-%d %H:%M:%S %Z}", ""
    else:
        yield (
            "error",
            f"no worker since {seen:%Y-%m-%d %H:%M}"
            if seen
            else "no worker was ever seen",
            "Start `manage.py qcluster`; without it nothing is sent.",
        )
    failed = queue.Work.objects.filter(state=queue.Work.State.FAILED).count()
    if failed:
        yield "warning", f"{failed} works have failed", "See `crm_work --json`."


def mail_findings() -> Iterator[Finding]:
    if "smtp" in settings.EMAIL_BACKEND or "anymail" in settings.EMAIL_BACKEND:
        yield "ok", f"mail goes through {settings.EMAIL_BACKEND}", ""
    else:
        yield "warning", f"mail back end {settings.EMAIL_BACKEND}", "No mail leaves."
    if not Sender.objects.exists():
        yield "error", "no sender", "Add one under CRM settings → Senders."
    if not Topic.objects.filter(active=True).exists():
        yield "error", "no topic", "Run `manage.py crm_setup`."


def permission_findings() -> Iterator[Finding]:
    dangerous = ("export_contact", "view_sensitive", "launch_campaign")
    for codename in dangerous:
        names = Group.objects.filter(permissions__codename=codename)
        holders = ", ".join(names.values_list("name", flat=True)) or "nobody"
        yield "ok", f"{codename}: {holders}", ""


PARTS: dict[str, Callable[[], Iterator[Finding]]] = {
    "settings": settings_findings,
    "database": database_findings,
    "queue": queue_findings,
    "mail": mail_findings,
    "permissions": permission_findings,
}


class Command(JsonCommand):
    help = "Check settings, database, queue, mail set-up and dangerous permissions."

    def run(self, **options: Any) -> dict[str, Any]:
        findings = []
        for part, look in PARTS.items():
            for level, what, todo in look():
                findings.append(
                    {"part": part, "level": level, "what": what, "do": todo}
                )
                self.say(f"[{level:>7}] {part}: {what}{' → ' + todo if todo else ''}")
        errors = sum(item["level"] == "error" for item in findings)
        result = {"findings": findings, "errors": errors}
        if errors:
            self.report(result)
            raise CommandError(f"{errors} errors")
        return result
