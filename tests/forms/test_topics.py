"""Ticks for topics: each with its own words, kept as they stood."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm_plugin.consents.models import Consent, ConsentEvent, Wording
from crm_plugin.intake.models import Submission
from tests.factories import TopicFactory

from .building import EMAIL, build, field

pytestmark = pytest.mark.django_db
WORDS = {"menu": "The menu, twice a month.", "events": "Evenings with music."}
TICKS = field("News", "topics", wordings=WORDS)


@pytest.fixture
def topics(db):
    return {key: TopicFactory(key=key, name=key.title()) for key in WORDS}


@pytest.fixture
def visitor(visit, root, topics):
    return visit(build(root, EMAIL, TICKS))


def test_no_tick_is_set_beforehand_and_each_says_its_words(visitor):
    html = visitor.open().content.decode()
    assert "checked" not in html
    for words in WORDS.values():
        assert words in html


def test_only_what_was_ticked_is_asked_for_with_its_words(visitor):
    visitor.send(e_mail="h@mail.example", news=["events"])
    event = ConsentEvent.objects.get()
    assert (event.action, event.topic) == ("ask", "events")
    assert Wording.objects.get(pk=event.wording).text == WORDS["events"]
    assert Consent.objects.get().state == "pending"


def test_several_topics_have_each_their_own_evidence(visitor):
    visitor.send(e_mail="h@mail.example", news=["events", "menu"])
    kept = {e.topic: e.wording for e in ConsentEvent.objects.all()}
    assert set(kept) == set(WORDS)
    texts = {t: Wording.objects.get(pk=w).text for t, w in kept.items()}
    assert texts == WORDS


def test_a_topic_ticked_after_going_back_is_asked_for_too(visitor):
    visitor.send(e_mail="h@mail.example", message="Hi", news=["menu"])
    visitor.send(e_mail="h@mail.example", message="Hi", news=list(WORDS))
    assert {consent.topic.key for consent in Consent.objects.all()} == set(WORDS)


@pytest.mark.parametrize("first", [[], ["menu"], ["events"]])
def test_what_is_ticked_after_going_back_joins_what_was_sent(visitor, first):
    """No second row, no second inquiry: only the ticks differ."""
    visitor.send(e_mail="h@mail.example", news=first)
    visitor.send(e_mail="h@mail.example", news=list(WORDS))
    row = Submission.objects.get()
    assert {entry["topic"] for entry in row.consents} == set(WORDS)
    assert set(row.answers[-1]["value"]) == set(WORDS)
    assert all(words in row.answers[-1]["text"] for words in WORDS.values())


def test_another_tick_instead_keeps_both(visitor):
    visitor.send(e_mail="h@mail.example", news=["menu"])
    visitor.send(e_mail="h@mail.example", news=["events"])
    row = Submission.objects.get()
    assert {entry["topic"] for entry in row.consents} == set(WORDS)
    assert set(row.answers[-1]["value"]) == set(WORDS)
    assert {consent.topic.key for consent in Consent.objects.all()} == set(WORDS)


def test_a_second_tick_costs_a_post_nothing(visitor):
    visitor.send(e_mail="h@mail.example", news=list(WORDS))
    costs = []
    for number, news in enumerate((["menu"], list(WORDS))):
        visitor.open()
        with CaptureQueriesContext(connection) as queries:
            said = {"e_mail": f"g{number}@mail.example", "news": news}
            assert visitor.send(worker=False, **said).status_code == 302
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_the_words_change_and_the_evidence_stays(visitor):
    visitor.send(e_mail="h@mail.example", news=["menu"])
    visitor.page.form_fields.filter(field_type="topics").update(
        wordings={"menu": "Something else."}
    )
    wording = Submission.objects.get().consents[0]["wording"]
    assert Wording.objects.get(pk=wording).text == WORDS["menu"]


def test_a_topic_that_is_not_offered_cannot_be_asked_for(visitor):
    TopicFactory(key="private")
    html = visitor.send(e_mail="h@mail.example", news=["private"]).content.decode()
    assert "Please check these entries" in html
    assert not Submission.objects.exists()


def test_a_retired_topic_is_not_asked_for(visitor, topics):
    topics["events"].active = False
    topics["events"].save()
    html = visitor.open().content.decode()
    assert WORDS["menu"] in html
    assert WORDS["events"] not in html


def test_a_field_whose_topics_are_all_gone_disappears(visitor, topics):
    for topic in topics.values():
        topic.active = False
        topic.save()
    assert 'name="news"' not in visitor.open().content.decode()
    assert visitor.send(e_mail="h@mail.example").status_code == 302


def test_a_sign_up_may_leave_the_choice_to_the_reader(visit, root, topics):
    required = {**TICKS, "required": True}
    visitor = visit(build(root, EMAIL, required, kind="sign_up"))
    html = visitor.send(e_mail="h@mail.example").content.decode()
    assert "News: Please choose." in html
    visitor.send(e_mail="h@mail.example", news=["menu"])
    assert Consent.objects.get().topic.key == "menu"
