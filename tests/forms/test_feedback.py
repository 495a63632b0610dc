"""Feedback: scores as numbers, and a person for the low ones."""

import pytest

from crm_plugin.contacts.models import Contact
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake.models import Submission
from crm_plugin.touchpoints import history
from crm_plugin.touchpoints.models import FollowUp, Inquiry, Rating, Touchpoint

from .building import EMAIL, build, field

pytestmark = pytest.mark.django_db
ROWS = [
    field("How was it?", "stars", required=True),
    field("Would you recommend us?", "nps"),
    field("Tell us more", "multiline", "message"),
    {**EMAIL, "required": False},
]
HANAKO = {"e_mail": "hanako@mail.example"}


@pytest.fixture
def visitor(visit, root):
    return visit(build(root, *ROWS, kind="feedback"))


def ratings():
    return dict(Rating.objects.values_list("scale", "score"))


def test_the_scores_are_numbers_of_the_contact(visitor):
    visitor.send(**HANAKO, how_was_it="4", would_you_recommend_us="0")
    assert ratings() == {"stars": 4, "nps": 0}
    touch = Touchpoint.objects.get()
    assert (touch.kind, touch.phase) == ("feedback", "success")
    assert touch.summary == "A form: 4 / 5, 0 / 10"
    assert {rating.touchpoint for rating in Rating.objects.all()} == {touch}
    assert Rating.objects.first().contact == Contact.objects.get()


def test_they_stand_in_the_history_of_the_record(visitor, owner):
    visitor.send(**HANAKO, how_was_it="4")
    (entry,) = [
        entry
        for entry in history.story(Contact.objects.get(), user=owner)
        if entry.kind == "feedback"
    ]
    assert "4 / 5" in entry.title


@pytest.mark.parametrize("score", ["-1", "6", "11", "x", "3.5", ""])
def test_a_score_that_is_none_is_refused(visitor, score):
    html = visitor.send(**HANAKO, how_was_it=score).content.decode()
    assert "How was it?: " in html
    assert not Submission.objects.exists()


def test_a_low_score_with_words_and_an_address_is_owed_an_answer(visitor):
    visitor.send(**HANAKO, how_was_it="2", tell_us_more="The soup was cold.")
    inquiry = Inquiry.objects.get()
    assert inquiry.subject == "Low score 2 / 5: A form"
    assert inquiry.reply_to == "hanako@mail.example"
    assert not FollowUp.objects.exists()


def test_a_low_score_without_words_is_a_next_step(visitor, owner):
    contact = Contact.objects.create(family_name="佐藤", owner=owner)
    contact.points.create(
        kind="email", value=HANAKO["e_mail"], value_norm=HANAKO["e_mail"]
    )
    visitor.send(**HANAKO, how_was_it="5", would_you_recommend_us="6")
    step = FollowUp.objects.get()
    assert step.what == "Low score 6 / 10: A form"
    assert (step.owner, str(step.due_on)) == (owner, "2026-05-11")
    assert not Inquiry.objects.exists()


def test_a_good_one_asks_nobody_to_react(visitor):
    visitor.send(**HANAKO, how_was_it="3", tell_us_more="Fine.")
    assert not Inquiry.objects.exists()
    assert not FollowUp.objects.exists()


def test_the_page_says_what_is_low(visit, root):
    visitor = visit(build(root, *ROWS, kind="feedback", low_stars=0, low_nps=0))
    visitor.send(**HANAKO, how_was_it="1", would_you_recommend_us="0")
    assert not FollowUp.objects.exists()


def test_nobody_is_made_up_for_an_anonymous_good_score(visitor):
    visitor.send(how_was_it="5")
    assert ratings() == {"stars": 5}
    assert not Contact.objects.exists()
    assert Submission.objects.get().state == "processed"
    assert not Delivery.objects.exists()


def test_an_anonymous_low_score_still_reaches_a_person(visitor):
    visitor.send(how_was_it="1", tell_us_more="Cold soup.")
    assert FollowUp.objects.get().contact == Contact.objects.get()


def test_the_link_in_a_mail_chooses_the_score_and_sends_nothing(visitor):
    html = visitor.open("?score=9&stars=4").content.decode()
    assert html.count(" checked") == 2
    assert 'value="9" id="id_would_you_recommend_us_9" checked' in html
    assert not Submission.objects.exists()


@pytest.mark.parametrize("query", ["?score=11", "?score=x", "?score=", "?stars=0"])
def test_a_link_with_another_score_chooses_none(visitor, query):
    assert " checked" not in visitor.open(query).content.decode()


def test_sent_twice_a_score_counts_once(visitor):
    for _time in range(2):
        visitor.send(**HANAKO, how_was_it="4")
    assert Rating.objects.count() == 1


def test_somebody_elses_address_gives_an_unverified_score(visitor, contact):
    visitor.send(**HANAKO, how_was_it="4")
    assert Rating.objects.get().unverified


def test_it_is_thanked_for_as_feedback(visitor, client):
    sent = visitor.send(**HANAKO, how_was_it="4")
    assert "Thank you for telling us." in client.get(sent.url).content.decode()


def test_every_score_can_be_reached_and_is_named(visitor):
    html = visitor.open().content.decode()
    assert html.count('name="would_you_recommend_us"') == 11
    assert "not at all likely" in html
    assert (
        '<fieldset class="crm-field crm-field--group" id="id_how_was_it_group"' in html
    )
