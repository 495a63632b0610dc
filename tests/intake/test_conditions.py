"""Rules about forms that were sent and about ratings."""

import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin import rules
from crm_plugin.intake import conditions
from crm_plugin.intake.models import Confirmation, FormCount
from crm_plugin.segments.ready_made import condition
from crm_plugin.touchpoints import ratings
from tests import factories

pytestmark = pytest.mark.django_db
EVER = {"how": "at_least", "number": 1, "when": "ever"}


def chosen(name, **value):
    found = rules.compile_rule(rules.parse([condition(name, **value)]))
    return set(found.values_list("pk", flat=True))


def sent(contact, page=7, **values):
    return factories.SubmissionFactory(
        contact=contact, page_id=page, state="processed", **values
    )


class TestSentForm:
    def test_who_sent_one_form(self, contact):
        sent(contact)
        sent(factories.ContactFactory(), page=8)
        assert chosen("sent_form", page="7", trust="sent", **EVER) == {contact.pk}

    def test_any_form_so_many_times(self, contact):
        sent(contact)
        sent(contact, page=8)
        sent(factories.ContactFactory())
        twice = {**EVER, "number": 2}
        assert chosen("sent_form", page="", trust="sent", **twice) == {contact.pk}

    def test_what_is_held_or_of_nobody_does_not_count(self, contact):
        factories.SubmissionFactory(contact=contact, page_id=7, state="held")
        factories.SubmissionFactory(page_id=7, state="processed")
        assert chosen("sent_form", page="7", trust="sent", **EVER) == set()
        never = {"how": "none", "when": "ever"}
        assert contact.pk in chosen("sent_form", page="7", trust="sent", **never)

    def test_confirmed_means_that_the_person_said_so(self, contact):
        row = sent(contact)
        asks = {"page": "7", "trust": "confirmed", **EVER}
        assert chosen("sent_form", **asks) == set()
        now = timezone.now()
        Confirmation.objects.create(submission=row, confirmed_at=now, expires_at=now)
        assert chosen("sent_form", **asks) == {contact.pk}

    def test_a_link_that_may_have_been_passed_on_confirms_nothing(self, contact):
        asks = {"page": "7", "trust": "confirmed", **EVER}
        sent(contact, invited=True)
        assert chosen("sent_form", **asks) == set()
        sent(contact, verified_for="hanako@mail.example")
        assert chosen("sent_form", **asks) == {contact.pk}

    def test_it_says_which_form_even_of_a_deleted_page(self, contact):
        sent(contact, page_title="Catering")
        tree = rules.parse([condition("sent_form", page="7", trust="sent", **EVER)])
        assert "Catering" in rules.sentence(tree)

    def test_every_form_that_was_seen_or_sent_is_offered(self, contact):
        sent(contact, page_title="Catering")
        FormCount.objects.create(page_id=7, day=timezone.localdate())
        assert conditions.forms() == [("7", "Catering")]


class TestRated:
    def rate(self, contact, score, days=0, **values):
        at = timezone.now() - dt.timedelta(days=days)
        key = f"{contact.pk}-{days}"
        ratings.rate(contact, None, {"nps": score}, key=key, at=at, **values)

    def asks(self, **value):
        said = {"which": "latest", "scale": "nps", "least": 0, "most": 6}
        return chosen("rated", **{**said, "when": "ever", **value})

    def test_the_latest_score_decides(self, contact):
        self.rate(contact, 3, days=9)
        assert self.asks() == {contact.pk}
        self.rate(contact, 9, days=1)
        assert self.asks() == set()
        assert self.asks(which="any") == {contact.pk}
        assert self.asks(least=9, most=10) == {contact.pk}

    def test_zero_is_a_score(self, contact):
        self.rate(contact, 0)
        assert self.asks(most=0) == {contact.pk}

    def test_another_scale_and_unverified_ones_do_not_count(self, contact):
        self.rate(contact, 3, unverified=True)
        assert self.asks() == set()
        assert self.asks(scale="stars") == set()

    def test_of_a_period(self, contact):
        self.rate(contact, 3, days=40)
        assert self.asks(when="last", days=30) == set()
        assert self.asks(when="last", days=60) == {contact.pk}

    def test_it_reads_as_a_sentence(self):
        value = {"which": "latest", "scale": "nps", "least": 0, "most": 6}
        tree = rules.parse([condition("rated", when="ever", **value)])
        expected = "the latest rating by recommendation (0 to 10) is 0 to 6"
        assert expected in rules.sentence(tree)

    def test_it_stays_without_the_person_when_she_is_erased(self, contact):
        self.rate(contact, 3)
        contact.delete()
        (rating,) = ratings.Rating.objects.all()
        assert rating.contact is None
