"""The rule's editor as its page tells it, and what it posts."""

import json
from html.parser import HTMLParser

from wagtail.test.utils.form_data import nested_form_data, streamfield


def form(*blocks, **extra):
    """What the editor posts for a rule of these ``(condition, value)`` pairs."""
    fields = {"name": "Regulars", "name_ja": "", "description": ""}
    rule = nested_form_data({"rule": streamfield(list(blocks))})
    comments = {f"comments-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    return {**fields, **rule, **comments, **extra}


class Editor(HTMLParser):
    """What the page tells the rule's editor: its blocks, the rule, what is wrong."""

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if said.get("id") == "rule" and "data-w-block-arguments-value" in said:
            self.blocks = said["data-w-block-data-value"]
            arguments = json.loads(said["data-w-block-arguments-value"])
            self.state, self.errors = arguments[0], json.dumps(arguments[1])


def opened(answer):
    editor = Editor()
    editor.feed(answer.content.decode())
    return editor


def typed(state):
    """What the fields hold that show this state."""
    if isinstance(state, dict):
        said = {name: typed(each) for name, each in state.items() if each is not False}
        empty = {"conditions": streamfield([])} if state.get("conditions") == [] else {}
        return {**said, **empty}
    if isinstance(state, list) and state and isinstance(state[0], dict):
        return streamfield([(line["type"], typed(line["value"])) for line in state])
    if isinstance(state, list):
        return tuple(state)
    return "" if state is None else state


def beside(answer):
    """What is said beside each block and each field: words by their way, "1.days"."""
    return dict(_told(json.loads(opened(answer).errors) or {}, ()))


def _told(error, way):
    if "messages" in error:
        yield ".".join(way), " ".join(error["messages"])
    for name, inner in error.get("blockErrors", {}).items():
        yield from _told(inner, (*way, str(name)))
