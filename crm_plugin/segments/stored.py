"""Rules in their stored form, for whoever writes one in Python."""

from typing import Any


def condition(name: str, /, **value: Any) -> dict[str, Any]:
    """One condition in the stored form of a rule."""
    return {"type": name, "value": value}


def group(match: str, /, *conditions: dict[str, Any]) -> dict[str, Any]:
    """A group (all, any, none) in the stored form of a rule."""
    return {
        "type": "group",
        "value": {"match": match, "conditions": list(conditions)},
    }
