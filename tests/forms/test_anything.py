"""Whatever is typed into any type of field: an answer, or clear words; never a crash."""

import json
from os.path import basename

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_plugin.forms import capture
from crm_plugin.forms.builder import CrmFormBuilder
from crm_plugin.forms.models import FIELD_TYPES
from crm_plugin.intake import submissions
from crm_plugin.normalise import text as plain
from example.models import PlainFormField
from tests.factories import AttributeFactory, TopicFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
QUICK = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# What visitors, forms of others and attackers really send.
HOSTILE = [
    "",
    " ",
    "\x00",
    "\x00\x1b[31m",
    "\u202e\u200b\ufeff",
    "🍣👩‍👩‍👧‍👦",
    "𠮷野家𩸽",
    "ｈａｎａｋｏ＠ｍａｉｌ．ｅｘａｍｐｌｅ",
    "taro..yamada.@docomo.example",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7|add:7 }}{% debug %}",
    "'; DROP TABLE contacts; --",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "javascript:alert(1)",
    "http://[",
    "\r\nBcc: x@y.example",
    "null",
    "NaN",
    "Infinity",
    "-0",
    "1e999",
    "９" * 40,
    "あ" * 20_000,
    "a" * 100_000,
    "2026-02-30",
    "9999-12-31T23:59",
    "昭和64年1月8日",
    "\ud800",
    "％００",
]
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))
TYPES = [kind for kind, _label in FIELD_TYPES if kind != "page"]


class Page:
    """What a form asks of its page."""

    pk, crm_kind, tick_wording = 1, "other", ""

    def low(self, field, value):
        return False

    def asked_for(self, form):
        return False


def form_of(kind, typed, *, maps_to="", files=None):
    row = PlainFormField(
        label="Field",
        clean_name="field",
        field_type=kind,
        maps_to=maps_to,
        required=False,
        choices="One\nTwo",
        wordings={"newsletter": "Yes"},
        file_kinds="any",
        max_mb=1,
    )
    built = CrmFormBuilder([row]).get_form_class()
    return built(typed, files, page=Page())


def sent(value):
    """The same text under every name that one of the types may use."""
    parts = ("code", "prefecture", "city", "street", "building")
    names = [*parts, "year", "month", "day", "kept", "drop"]
    return {"field": value, **{f"field_{name}": value for name in names}}


@pytest.fixture
def known(db):
    TopicFactory(key="newsletter")
    for kind in ("text", "long_text", "number", "yes_no", "date"):
        AttributeFactory(key=kind.replace("_", "-"), type=kind)
    for kind in ("choice", "multi_choice"):
        attribute = AttributeFactory(key=kind.replace("_", "-"), type=kind)
        attribute.choices.create(key="one", label="One")


def check(form):
    """Judged without a crash; an answer can be stored, an error can be read."""
    if form.is_valid():
        answers = capture.answers_of(Page(), form)
        stored = json.dumps(answers)
        assert "\\u0000" not in stored
        submissions.key_for("n", answers)
        for answer in answers:
            assert answer["text"] == str(answer["text"])
    else:
        words = [word for found in form.errors.values() for word in found]
        assert all(plain(word) for word in words)
    drawn = form.as_p() if len(str(form.data)) < 5_000 else ""
    assert "<script>" not in drawn
    assert "<img" not in drawn


@pytest.mark.parametrize("kind", TYPES)
@QUICK
@given(value=TEXTS)
def test_any_text_in_any_type_of_field(known, kind, value):
    check(form_of(kind, sent(value)))


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_the_hostile_list_in_every_type_of_field(known, kind, value):
    check(form_of(kind, sent(value)))


@pytest.mark.parametrize(
    "maps_to",
    [
        "contact.name",
        "contact.kana",
        "contact.birth_on",
        "contact.language",
        "contact.heard_from",
        "point.email",
        "point.phone",
        "point.postal",
        "point.line",
        "organisation.name",
        "affiliation.title",
        "preference.channel",
        "message",
        *(
            f"attribute.{key}"
            for key in (
                "text",
                "long-text",
                "number",
                "yes-no",
                "date",
                "choice",
                "multi-choice",
            )
        ),
    ],
)
@QUICK
@given(value=TEXTS)
def test_any_text_in_a_field_of_the_registry(known, maps_to, value):
    check(form_of("mapped", sent(value), maps_to=maps_to))


@QUICK
@given(content=st.binary(max_size=300), name=st.text(max_size=40))
def test_any_file_of_any_name(known, content, name):
    # Django gives a file without a name of its own no chance to reach a form.
    nameless = basename(name) in ("", ".", "..")
    file = SimpleUploadedFile("x" if nameless else name, content)
    form = form_of("file", {}, files={"field": file})
    if form.is_valid():
        capture.answers_of(Page(), form)
    else:
        assert form.errors["field"]
