"""``crm_segment NAME``: count, list or explain a segment's members, now or earlier."""

import uuid
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Q

from crm_plugin import normalise, rules
from crm_plugin.contacts.models import Contact, ContactAlias
from crm_plugin.management.output import JsonCommand
from crm_plugin.segments import membership, past
from crm_plugin.segments.models import Segment, SegmentMembership
from crm_plugin.segments.refresh import Overtaken, refresh


class Command(JsonCommand):
    help = (
        "Refresh a segment; then count or list its members, or explain one contact, "
        "or recompute how many it held at the end of past months."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", help="key or name of the segment")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--count", action="store_true", help="how many (default)")
        what.add_argument("--members", action="store_true", help="public ids, one each")
        what.add_argument("--explain", metavar="CONTACT", help="id or public id")
        what.add_argument(
            "--history",
            metavar="MONTHS",
            type=int,
            choices=range(1, past.MOST + 1),
            nargs="?",
            const=past.MONTHS[0],
            help="the numbers of the past months (12), recorded or recomputed",
        )
        parser.add_argument(
            "--stored", action="store_true", help="do not refresh the members first"
        )

    def run(self, **options: Any) -> dict[str, Any]:
        segment = _segment(options["name"])
        try:
            if options["explain"] is not None:
                return self._explain(segment, _contact(options["explain"]))
            if options["history"] is not None:
                return self._history(segment, options["history"])
            if not options["stored"]:
                refresh(segment)
        except (rules.BrokenRule, Overtaken) as error:
            raise CommandError(str(error)) from error
        return self._members(segment, listed=options["members"])

    def _explain(self, segment: Segment, contact: Contact) -> dict[str, Any]:
        found = rules.explain(segment.tree, contact.pk)
        for line in found.lines:
            mark = "+" if line.holds else "-"
            fact = f"  ({line.fact})" if line.fact else ""
            self.say(f"{'  ' * line.depth}{mark} {line.text}{fact}")
        self.say("in" if found.holds else "out")
        inside = membership.holds(segment.pk, contact.pk)
        if not segment.in_force:
            self.say("Not published: it has no members; its rule would say this.")
        elif found.holds != inside:
            self.say("The next refresh brings the membership up to this.")
        return {
            "segment": segment.key,
            "contact": str(contact.public_id),
            "holds": found.holds,
            "in_force": segment.in_force,
            "member": inside,
            "lines": [vars(line) for line in found.lines],
        }

    def _history(self, segment: Segment, months: int) -> dict[str, Any]:
        if blamed := past.blamed(segment):
            raise CommandError(
                "; ".join(f"{line.text}: {line.past.why_not}" for line in blamed)
            )
        for day in past.month_ends(months):
            past.fill(segment, day)
        told = past.history(segment, months)
        for count in told:
            size = "-" if count.size is None else count.size
            self.say(f"{count.on} {size}{' recomputed' if count.recomputed else ''}")
        return {
            "segment": segment.key,
            "months": [
                {"on": str(row.on), "size": row.size, "recomputed": row.recomputed}
                for row in told
            ],
        }

    def _members(self, segment: Segment, *, listed: bool) -> dict[str, Any]:
        members = SegmentMembership.objects.filter(segment=segment, left_at=None)
        result: dict[str, Any] = {"segment": segment.key, "count": members.count()}
        if listed:
            ids = Contact.objects.filter(pk__in=members.values("contact_id"))
            public = ids.order_by("pk").values_list("public_id", flat=True)
            result["members"] = [str(public_id) for public_id in public]
        for line in result.get("members", [str(result["count"])]):
            self.say(line)
        return result


def _segment(name: str) -> Segment:
    named = Q(key=name) | Q(name=name) | Q(name_ja=name)
    found = list(Segment.objects.filter(named)[:2])
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(f"Several segments are called {name!r}; use the key.")
    keys = ", ".join(Segment.objects.values_list("key", flat=True)[:20])
    raise CommandError(f"There is no segment {name!r}. There are: {keys or 'none'}")


def _contact(text: str) -> Contact:
    """The contact by id or public id; an old id leads to the surviving contact."""
    try:
        public_id = uuid.UUID(text)
    except ValueError:
        public_id = None
    number = normalise.whole(text)
    if public_id is None and number is None:
        raise CommandError(f"{text!r} is neither an id nor a public id.")
    current, old = (
        (Q(public_id=public_id), Q(old_public_id=public_id))
        if public_id
        else (Q(pk=number), Q(old_id=number))
    )
    alias = ContactAlias.objects.filter(old).select_related("contact").first()
    found = Contact.objects.filter(current).first()
    if found is None and alias is None:
        raise CommandError(f"There is no contact {text!r}.")
    return alias.contact if alias else found
