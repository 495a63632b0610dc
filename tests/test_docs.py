"""The docs name everything that can be named, and their samples run."""

import ast
import re
from collections import Counter
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import reverse

from crm_plugin import checks, conf, merge_tags, queue, rules
from crm_plugin.campaigns.blocks import mail_blocks
from crm_plugin.contacts import bulk_acts, changes, fields, merge, records, usage
from crm_plugin.delivery import messages
from crm_plugin.imports import headers
from crm_plugin.models import (
    Contact,
    ContactChange,
    Delivery,
    Operation,
    Segment,
    ServiceMessage,
)
from crm_plugin.queue import running
from crm_plugin.reports import kpi
from crm_plugin.rules import registry
from crm_plugin.segments import places, ready_made
from crm_plugin.snippets.roles import SPECIAL
from crm_plugin.touchpoints import history
from tests import factories

ROOT = Path(__file__).parents[1]
DOCS = {path.name: path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))}
SAMPLES = re.findall(r"^```python\n(.*?)^```", DOCS["extending.md"], re.M | re.S)
NAMED = set(re.findall(r"`([^`\n]+)`", "\n".join(DOCS.values())))
HOOKS = r'"(register_crm_\w+)"'


def ours(command):
    return get_commands()[command] == "crm_plugin"


def hooks():
    found = (ROOT / "crm_plugin" / "wagtail_hooks.py").read_text()
    return sorted(set(re.findall(HOOKS, found)))


def check_ids():
    return sorted(set(re.findall(r'"(crm_plugin\.[EW]\d+)"', source_of(checks))))


def source_of(module):
    return Path(module.__file__).read_text()


NAMES = {
    "condition": sorted(rules.registry.registered()),
    "merge tag": sorted(merge_tags._tags),
    "field prefix": sorted(fields.nouns()),
    "mail block": [name for name, _block in mail_blocks()],
    "message kind": sorted(messages.kinds()),
    "KPI": [entry.name for entry in kpi.all_kpis()],
    "history source": history.sources(),
    "chore or work": queue.names(),
    "menu hook": hooks(),
    "check": check_ids(),
    "setting": sorted(conf.DEFAULTS),
    "command": sorted(filter(ours, get_commands())),
    "special permission": sorted({n for v in SPECIAL.values() for n in v.split()}),
}


@pytest.mark.parametrize(
    ("what", "name"), [(what, name) for what, names in NAMES.items() for name in names]
)
def test_everything_that_is_registered_is_named_in_the_docs(what, name):
    words = {word.split()[0] for word in NAMED}
    assert name in words, f"docs/ does not name the {what} {name}"


def test_every_setting_that_the_docs_explain_is_one():
    explained = re.findall(r"^\| `(CRM_\w+)` \|", DOCS["settings.md"], re.M)
    assert explained
    assert set(explained) - conf.DEFAULTS.keys() == set()


def entries(section):
    """What the rows of its tables and the starts of its lists are about."""
    rows = re.sub(r"^\|.*\n\| ---.*\n", "", section, flags=re.M)
    for line in rows.splitlines():
        if line.startswith("| "):
            first = line.split("|")[1].strip()
            yield from re.findall(r"`([^`]+)`", first) or filter(None, [first])
        elif start := re.match(r"([A-Z]\w*):(?= `)", line):
            yield start[1]


def twice(text):
    """What one section of a document tells more than once."""
    for section in re.split(r"^(?=#+ )", text, flags=re.M):
        title = section.partition("\n")[0].strip("# ")
        for entry, times in Counter(entries(section)).items():
            if times > 1:
                yield f"{title}: {entry}"


@pytest.mark.parametrize("name", sorted(DOCS))
def test_nothing_is_told_twice_in_one_section(name):
    assert list(twice(DOCS[name])) == []


@pytest.mark.parametrize(
    "path",
    sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_link_between_the_docs_leads_somewhere(path):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []


def calls_of_note(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "changes.note":
            yield ast.unparse(node.args[1])


def aspects_noted():
    """Whatever the package's code puts into the change feed, and conditions ask for."""
    for path in sorted((ROOT / "crm_plugin").rglob("*.py")):
        for said in calls_of_note(path):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            # What a verb is given comes from one of the registries below.
            with suppress(NameError):
                yield eval(said, vars(import_module(module)))  # noqa: S307 - our own source
    yield from (noun.aspect for noun in fields.nouns().values())
    yield from (taught.aspect for taught in bulk_acts._taught.values())
    yield from merge.verb.ASPECTS
    for condition in rules.registry.registered().values():
        yield from condition.aspects if not condition.about_visit else ()


def test_every_aspect_of_the_change_feed_is_told_to_who_reacts_to_it():
    section = DOCS["extending.md"].partition("## Reacting to changes")[2]
    told = set(re.findall(r"`(\w+)`", section.partition("\n## ")[0]))
    assert set(aspects_noted()) - told == set()
    assert {"visits", "steps", "stays", "sales"} <= set(aspects_noted())


@pytest.fixture
def shop(db, monkeypatch):
    """The samples of extending.md as one module; what they register goes again."""
    for module, name in [
        (registry, "_conditions"),
        (merge_tags, "_tags"),
        (fields, "_nouns"),
        (messages, "_kinds"),
        (kpi, "_kpis"),
        (history, "_sources"),
        (running, "_chores"),
    ]:
        monkeypatch.setattr(module, name, dict(getattr(module, name)))
    for module, name in [(changes, "_steps"), (usage, "_sources"), (places, "_others")]:
        monkeypatch.setattr(module, name, list(getattr(module, name)))
    monkeypatch.setattr(ready_made, "READY_MADE", dict(ready_made.READY_MADE))
    sample = {"__name__": "shop.crm"}
    for source in SAMPLES:
        exec(compile(source, "docs/extending.md", "exec"), sample)  # noqa: S102
    return sample


@pytest.fixture
def friend(contact):
    """Holds the card 1001 and has brought one newcomer."""
    factories.PointFactory(contact=contact, kind="card", value="1001")
    factories.ContactFactory(introduced_by=contact, given_name="Yuki")
    return contact


def brought(number, when="ever"):
    value = {"how": "at_least", "number": number, "when": when, "days": 90}
    return [{"type": "shop_brought_friends", "value": value}]


class TestTheSamplesOfExtending:
    def test_the_condition_finds_who_brought_friends(self, shop, friend):
        factories.ContactFactory()
        rule = brought(1)
        stream = rules.rule_block().to_python(rule)
        found = rules.compile_rule(stream)
        assert list(found.values_list("pk", flat=True)) == [friend.pk]

    def test_its_sentence_is_grammatical_for_one_and_for_many(self, shop):
        said = [
            rules.sentence(rules.rule_block().to_python(brought(number, "last")))
            for number in (1, 3)
        ]
        assert "at least 1 friend brought in the last 90 days" in said[0]
        assert "at least 3 friends brought in the last 90 days" in said[1]

    def test_the_merge_tag_counts_them(self, shop, friend):
        other = factories.ContactFactory()
        values = merge_tags.values_for(
            [friend.pk, other.pk], ["shop.friends_brought"], language="en"
        )
        assert values[friend.pk] == {"shop.friends_brought": "1"}
        assert merge_tags.fallbacks(["shop.friends_brought"], "en") == {
            "shop.friends_brought": "no"
        }

    def test_the_field_is_offered_to_forms_and_imports(self, shop, db):
        offered = fields.mappable()
        assert "shop.friend_card" in [field.name for field in offered]
        columns = headers.guess(["Friend's member card"], offered, noun="contacts")
        assert columns == {"0": "shop.friend_card"}

    def test_the_field_is_written_with_its_line_in_the_journal(self, shop, friend):
        newcomer = factories.ContactFactory()
        ContactChange.objects.all().delete()
        records.apply_values(newcomer, {"shop.friend_card": "1001"}, by=None)
        assert newcomer.introduced_by == friend
        assert Operation.objects.get().changes.get().field == "introduced_by"
        held = records.read([newcomer.pk], ["shop.friend_card"])
        assert held[newcomer.pk]["shop.friend_card"] == "1001"
        noted = ContactChange.objects.filter(aspect="fields")
        assert {newcomer.pk, friend.pk} <= {change.contact_id for change in noted}

    def test_the_kpi_counts_introductions(self, shop, friend):
        assert kpi.get("shop_introductions").compute().figures == {"total": 1}

    def test_the_history_tells_who_was_brought(self, shop, friend, owner):
        (entry,) = [
            entry
            for entry in history.story(friend, user=owner)
            if entry.kind == "introduction"
        ]
        assert "Yuki" in entry.title

    def test_the_friend_is_thanked_once_after_the_change_was_seen(self, shop, friend):
        factories.SenderFactory()
        newcomer = Contact.objects.get(given_name="Yuki")
        for _again in range(2):
            changes.note([newcomer.pk], "fields")
            queue.run_due("changes", "shop-thanks")
        delivery = Delivery.objects.get()
        assert (delivery.contact, delivery.kind) == (friend, "shop_thanks")
        assert delivery.values["friend"] == "Yuki"

    def test_what_the_shop_rests_on_a_segment_keeps_it(
        self, shop, client, owner, friend
    ):
        introducers = ready_made.ensure(["introducers"], refreshed=True)["introducers"]
        text = ServiceMessage.objects.create(
            kind="shop_voucher", language="en", title="A voucher"
        )
        assert shop["gets_a_voucher"](friend)
        client.force_login(owner)
        listed = client.get(reverse("crm_segment:usage", args=[introducers.pk]))
        assert str(text) in listed.text
        assert "Who gets it" in listed.text
        refused = client.post(reverse("crm_segment:delete", args=[introducers.pk]))
        assert str(text) in refused.text
        assert Segment.objects.filter(pk=introducers.pk).exists()
        (told,) = places.touched(introducers, owner)
        assert told.known == [text]

    def test_the_blocks_take_the_shops_own(self, shop):
        variants = shop["BODY"].child_blocks["personalised"].child_blocks["default"]
        assert list(variants.child_blocks) == ["menu"]
