"""The docs name everything that can be named, and their samples run."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import get_commands

from crm_plugin import checks, conf, merge_tags, queue, rules
from crm_plugin.campaigns.blocks import mail_blocks
from crm_plugin.contacts import changes, fields, records
from crm_plugin.delivery import messages
from crm_plugin.imports import headers
from crm_plugin.models import Contact, Delivery, Operation
from crm_plugin.queue import running
from crm_plugin.reports import kpi
from crm_plugin.rules import registry
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
    monkeypatch.setattr(changes, "_steps", list(changes._steps))
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


class TestTheSamplesOfExtending:
    def test_the_condition_finds_who_brought_friends(self, shop, friend):
        factories.ContactFactory()
        value = {"how": "at_least", "number": 1, "when": "ever"}
        rule = [{"type": "shop_brought_friends", "value": value}]
        stream = rules.rule_block().to_python(rule)
        found = rules.compile_rule(stream)
        assert list(found.values_list("pk", flat=True)) == [friend.pk]
        assert "at least 1 friends brought" in rules.sentence(stream)

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
        records.apply_values(newcomer, {"shop.friend_card": "1001"}, by=None)
        assert newcomer.introduced_by == friend
        assert Operation.objects.get().changes.get().field == "introduced_by"
        held = records.read([newcomer.pk], ["shop.friend_card"])
        assert held[newcomer.pk]["shop.friend_card"] == "1001"

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

    def test_the_blocks_take_the_shops_own(self, shop):
        variants = shop["BODY"].child_blocks["personalised"].child_blocks["default"]
        assert list(variants.child_blocks) == ["menu"]
