import itertools

import pytest

from crm_plugin.consents import ledger
from crm_plugin.intake import attempts, submissions
from tests.factories import TopicFactory

_numbers = itertools.count(1)
LABELS = {
    "contact.family_name": "Family name",
    "contact.given_name": "Given name",
    "contact.family_kana": "Family name (kana)",
    "contact.given_kana": "Given name (kana)",
    "point.email": "E-mail",
    "point.phone": "Phone",
    "message": "Message",
}


def answer(field, value, *, label=None, text=None):
    return {
        "name": field.replace(".", "_"),
        "label": label or LABELS.get(field, field),
        "field": field,
        "value": value,
        "text": text if text is not None else str(value),
    }


@pytest.fixture
def newsletter(db):
    return TopicFactory()


@pytest.fixture
def words(db):
    return ledger.wording_for("Yes, send me the news of Hinata.", "en")


@pytest.fixture
def send(db):
    """Store one form and do all that follows: ``send(email=…, family_name=…, message=…)``."""

    def make(*, process_it=True, key=None, consents=(), kind="inquiry", **said):
        named = {
            "email": "point.email",
            "phone": "point.phone",
            "message": "message",
        }
        answers = [
            answer(named.get(name, f"contact.{name}"), value)
            for name, value in said.items()
            if name not in OPTIONS
        ]
        options = {name: said[name] for name in OPTIONS if name in said}
        options.setdefault("page", PAGE)
        submission = submissions.receive(
            key=key or f"key-{next(_numbers)}",
            kind=kind,
            answers=[*answers, *said.get("more", [])],
            consents=[
                {"topic": topic.key, "wording": wording.pk}
                for topic, wording in consents
            ],
            language="en",
            **{k: v for k, v in options.items() if k != "more"},
        )
        return attempts.attempt(submission) if process_it else submission

    return make


OPTIONS = (
    "page",
    "source",
    "ip",
    "agent",
    "spam_reason",
    "verified_for",
    "verified_contact_id",
    "more",
)
PAGE = {
    "id": 7,
    "title": "Ask us",
    "url": "https://hinata.example/en/ask/",
    "revision": 9,
}
