"""The live preview of the segment editor, asked as the browser asks for it.

Limits without slack: under a second for selective rules; whatever is limited in time
answers soon after its limit.
"""

import functools
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from wagtail.test.utils.form_data import nested_form_data, streamfield

from crm_plugin import rules
from crm_plugin.models import Segment

from . import segment_shop
from .harness import Report, Target, in_turns
from .segment_count import click, points, segment
from .segment_shapes import shapes
from .two_sizes import two_sizes

SIZE = 100_000
SELECTIVE = ("selective", "two attributes", "came once", "one attribute", "nested")
QUICK, LIMITED = 1.0, 3.5
databases = functools.partial(two_sizes, called="segments")


def run(size: int, made: Any, chosen: Sequence[str] = ()) -> Report:
    made.use("large")
    segment_shop.filled(size)
    inside, outside = segment("inside", [points(7000)]), segment("outside", [click()])
    edited = segment("edited", [points(9000)])
    segment_shop.analyse()
    browser = Client()
    browser.force_login(owner())
    report = Report()
    for name, shape in shapes(inside, outside).items():
        if chosen and not any(part in name for part in chosen):
            continue
        ask = functools.partial(preview, browser, edited, shape.rule)
        seconds, _same = in_turns(ask, _nothing, rounds=3)
        limit = QUICK if name in SELECTIVE else LIMITED
        report.cases.append(Target(name, seconds, limit, "limit", 1.0))
    return report


def owner() -> User:
    user = User.objects.filter(username="owner").first()
    return user or User.objects.create_superuser("owner", "owner@shop.example", "owner")


def _nothing() -> None:
    pass


def preview(browser: Client, published: Segment, rule: list[dict[str, Any]]) -> None:
    """What stands in the editor is posted, then the panel asks for its page."""
    url = reverse("crm_segment:preview_on_edit", args=[published.pk])
    said = nested_form_data({"rule": streamfield(_posted(rules.parse(rule)))})
    comments = {f"comments-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    names = {"name": "Regulars", "name_ja": "", "description": ""}
    answer = browser.post(url, {**names, **said, **comments})
    assert answer.json()["is_valid"], rule
    answer = browser.get(url, {"in_preview_panel": "true"})
    shown = answer.context["impact"]
    assert not shown.problems, (rule, shown.problems)
    assert shown.figure.count, rule


def _posted(group: rules.Group) -> list[tuple[str, dict[str, Any]]]:
    """The blocks of the rule as a browser posts them."""
    found = []
    for child in group.children:
        if isinstance(child, rules.Group):
            inside = streamfield(_posted(child))
            found.append(("group", {"match": child.match, "conditions": inside}))
        else:
            value = {name: _typed(one) for name, one in child.value.items()}
            found.append((child.condition.name, value))
    return found


def _typed(value: Any) -> Any:
    """As a form sends it: what has several parts, under one name."""
    if isinstance(value, list):
        return tuple(map(str, value))
    return "" if value in (None, False) else str(value)
