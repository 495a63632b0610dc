"""``manage.py crm_setup``: what a new installation needs, safe to run again."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext_noop

from crm_plugin import queue, rules
from crm_plugin.conf import CrmSettings
from crm_plugin.delivery import messages
from crm_plugin.management.output import JsonCommand
from crm_plugin.models import Topic
from crm_plugin.sales import stages
from crm_plugin.segments import ready_made
from crm_plugin.snippets.roles import ensure_roles

TOPICS = [("newsletter", gettext_noop("Newsletter"), "ニュースレター")]


class Command(JsonCommand):
    help = "Create groups, the first topic, message templates, stages and the schedule."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--segments", action="store_true", help="also the ready-made segments"
        )

    def run(self, **options: Any) -> dict[str, Any]:
        groups = ensure_roles()
        for key, name, name_ja in TOPICS:
            Topic.objects.get_or_create(
                key=key, defaults={"name": name, "name_ja": name_ja}
            )
        if not CrmSettings.objects.exists():
            CrmSettings.objects.create()
        messages.install()
        stages.ensure()
        queue.ensure_tick()
        made = self._segments() if options["segments"] else []
        self.say(f"Groups: {', '.join(group.name for group in groups)}")
        self.say(f"Topics: {', '.join(Topic.objects.values_list('key', flat=True))}")
        return {
            "groups": [group.name for group in groups],
            "topics": list(Topic.objects.values_list("key", flat=True)),
            "segments": made,
        }

    def _segments(self) -> list[str]:
        """Those whose rules can work on this site; what exists is left as it is."""
        keys = [
            key
            for key in ready_made.READY_MADE
            if not rules.problems(ready_made.definition(key)["rule"], visits=True)
        ]
        made = ready_made.ensure(keys)
        self.say(f"Segments: {', '.join(made)}")
        return list(made)
