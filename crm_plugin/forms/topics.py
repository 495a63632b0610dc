"""A field of ticks: several topics, each with a wording that is kept as evidence."""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_plugin.consents.models import Topic

TOPICS = "topics"


class TopicsField(forms.MultipleChoiceField):
    """Ticks, never set beforehand; the label of each is the wording of its topic."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, wordings: dict[str, str], **kwargs: Any) -> None:
        kwargs["initial"] = None
        super().__init__(choices=list(wordings.items()), **kwargs)
        self.wordings = wordings


def offered(rows: Iterable[Any]) -> dict[str, None]:
    """The keys of the topics that *rows* ask for and that are still active, in their
    order; one query, none where no row asks."""
    keys = {key for row in rows for key in wordings_of(row)}
    if not keys:
        return {}
    active = Topic.objects.filter(key__in=keys, active=True)
    return dict.fromkeys(active.values_list("key", flat=True))


def wordings_of(row: Any) -> dict[str, str]:
    """{topic key: wording} of one row; what has no words is not asked for."""
    if row.field_type != TOPICS:
        return {}
    said = getattr(row, "wordings", None)
    if not isinstance(said, dict):
        return {}
    return {str(key): str(text).strip() for key, text in said.items() if text}


def consents_of(form: Any) -> dict[str, str]:
    """{topic key: wording} that was ticked in the topic fields of a valid form."""
    return {
        key: field.wordings[key]
        for name, field in form.fields.items()
        if isinstance(field, TopicsField) and name not in form.idle
        for key in form.cleaned_data.get(name) or []
    }


def without(form: Any, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """*answers* without the ticks for topics: those join what was sent before."""
    return [
        answer
        for answer in answers
        if not isinstance(form.fields[answer["name"]], TopicsField)
    ]


class WordingsWidget(forms.Widget):
    """For the editor: a text per topic; an empty one is not asked for."""

    template_name = "crm_plugin/forms/widgets/wordings.html"
    # (key, name) of the topics that may be asked for, set when the panel is bound.
    topics: tuple[tuple[str, str], ...] = ()

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        said = _read(value)
        names = dict(self.topics)
        names |= {key: f"{key} ({_('retired')})" for key in said if key not in names}
        context["topics"] = [
            {
                "key": key,
                "label": label,
                "name": f"{name}-{key}",
                "text": said.get(key, ""),
            }
            for key, label in names.items()
        ]
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        return json.dumps(self.said(data, name))

    def said(self, data: Any, name: str) -> dict[str, str]:
        """{topic key: wording} of those that have words."""
        before = f"{name}-"
        return {
            sent.removeprefix(before): text.strip()
            for sent, text in data.items()
            if sent.startswith(before) and text.strip()
        }

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(sent.startswith(f"{name}-") for sent in data)


def _read(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}
