"""Whatever a browser sends, all the way: the post, the stored row, the worker."""

import logging
from urllib.parse import quote_from_bytes

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from crm_plugin import queue, signing
from crm_plugin.forms.models import FIELD_TYPES
from crm_plugin.intake import quarantine
from crm_plugin.intake.models import PostCount, Submission
from crm_plugin.normalise import text as plain
from crm_plugin.touchpoints.models import Touchpoint
from tests.factories import AttributeFactory, TopicFactory

from .building import build, field
from .test_anything import HOSTILE, TEXTS

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.database]
MAPPED = {
    "email": "point.email",
    "phone": "point.phone",
    "kana": "contact.family_kana",
    "postal": "point.postal",
    "birth": "contact.birth_on",
    "organisation": "organisation.name",
    "singleline": "contact.family_name",
    "multiline": "message",
    "number": "attribute.number",
    "date": "attribute.date",
    "mapped": "attribute.choice",
}
CHOOSING = {"checkboxes", "dropdown", "multiselect", "radio"}
TYPES = [kind for kind, _label in FIELD_TYPES if kind != "page"]
PARTS = ["code", "prefecture", "city", "street", "building", "year", "month", "day"]
INPUTS = [*TYPES, *(f"{kind}_{part}" for kind in ("postal", "birth") for part in PARTS)]
OURS = ["crm_stamp", "crm_from", "crm_consent", "crm_go", "crm_at", "crm_homepage"]
OURS += ["crm_for", "crm_known", "crm_work", "crm_started", "is_staff", "contact_id"]
ADDRESS = st.sampled_from(["hanako@mail.example", "taro..y.@docomo.example"])
SAID = st.fixed_dictionaries(
    {"email": st.one_of(ADDRESS, ADDRESS, TEXTS)},
    optional={name: TEXTS for name in INPUTS if name != "email"},
)
EXTRA = st.dictionaries(st.sampled_from(OURS), TEXTS, max_size=2)
FILES = st.one_of(
    st.none(), st.none(), st.tuples(st.text(max_size=200), st.binary(max_size=300))
)
HEADERS = st.sampled_from([text for text in HOSTILE if text.isprintable() and text])
numbers = iter(range(10**9))


@pytest.fixture
def page(root):
    for kind in ("number", "date"):
        AttributeFactory(key=kind, type=kind)
    AttributeFactory(key="choice", type="choice").choices.create(key="a", label="A")
    AttributeFactory(key="long", type="long_text", sensitive=True)
    topic = TopicFactory()
    rows = [
        field(
            kind,
            kind,
            MAPPED.get(kind, ""),
            choices="One\nTwo" if kind in CHOOSING else "",
            wordings={topic.key: "Yes"} if kind == "topics" else {},
            file_kinds="any" if kind == "file" else "",
        )
        for kind in TYPES
    ]
    rows.append(field("long", "multiline", "attribute.long"))
    return build(root, *rows, consent_topic=topic, consent_wording="Yes, please.")


def body(said):
    """As a browser writes it, or something that is none: bytes of any kind."""
    return "&".join(
        f"{name}={quote_from_bytes(value.encode('utf-8', 'surrogatepass'))}"
        for name, value in said.items()
    )


def arrived(text):
    """What Django makes of bytes that are no text."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def post(page, said, file, header):
    """By a browser of its own on a form of its own, opened a minute ago."""
    number = next(numbers)
    client = Client(REMOTE_ADDR=f"10.1.{number // 250}.{number % 250}")
    stamp = signing.make(
        "form",
        page.pk,
        n=f"n-{number}",
        t=timezone.now().timestamp() - 60,
        s={},
        w=0,
    )
    said = {"crm_stamp": stamp, **said}
    headers = {"user-agent": header[:2_000], "referer": header[:2_000]}
    if file is None:
        data, kind = body(said), "application/x-www-form-urlencoded"
        return client.post(page.url, data, content_type=kind, headers=headers)
    name, content = file
    said = {k: v.encode("utf-8", "replace").decode() for k, v in said.items()}
    upload = SimpleUploadedFile(name.encode("utf-8", "replace").decode() or "x", b"")
    upload.write(content)
    upload.seek(0)
    return client.post(page.url, {**said, "file": upload}, headers=headers)


def examine(page, said, file, header):
    """One post from end to end."""
    cache.clear()
    PostCount.objects.all().delete()
    before = set(Submission.objects.values_list("pk", flat=True))
    answer = post(page, said, file, header)
    new = list(Submission.objects.exclude(pk__in=before))
    too_much = len(body(said)) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE - 1_000
    assert answer.status_code in ((400, 413) if too_much else (200, 302))
    assert len(new) == (answer.status_code == 302)
    if not new:
        assert b"<script>alert" not in answer.content
        return
    row = new[0]
    answers = {each["name"]: each["text"] for each in row.answers}
    for name in ("multiline", "long"):
        assert answers.get(name, "") == plain(arrived(said.get(name, "")), lines=True)
    queue.run_due("intake")
    row.refresh_from_db()
    assert (row.error, row.attempts) == ("", 0)
    if row.state == Submission.State.HELD:
        assert row.spam_reason
        quarantine.release(Submission.objects.filter(pk=row.pk))
        queue.run_due("intake")
        row.refresh_from_db()
    assert (row.state, row.error) == (Submission.State.PROCESSED, "")
    if row.contact is not None:
        assert Touchpoint.objects.filter(key=row.touch_key).count() == 1


@pytest.mark.parametrize("capture", ["request", "worker"])
@bounds(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(said=SAID, extra=EXTRA, file=FILES, header=HEADERS)
def test_any_post_is_refused_with_words_or_kept_and_worked_off(
    page, settings, caplog, capture, said, extra, file, header
):
    settings.CRM_CAPTURE = capture
    with caplog.at_level(logging.ERROR, logger="crm_plugin"):
        examine(page, said | extra, file, header)
    assert not caplog.records


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_the_hostile_list_in_all_fields_at_once(page, value):
    examine(page, dict.fromkeys([*INPUTS, "long"], value), None, "Mozilla/5.0")


def test_the_hostile_list_beside_an_address_that_is_good(page):
    for value in HOSTILE:
        said = dict.fromkeys(["multiline", "long", "singleline", "organisation"], value)
        examine(page, said | {"email": "hanako@mail.example"}, None, "Mozilla/5.0")
