import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin.delivery import answers
from crm_plugin.delivery.drain import drain
from crm_plugin.models import Delivery, Inquiry
from crm_plugin.touchpoints import inquiries
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def inquiry(contact):
    factories.SenderFactory()
    return factories.InquiryFactory(contact=contact, reply_to="hanako@mail.example")


@pytest.fixture
def answer(inquiry, owner):
    def make(key="1"):
        return answers.answer_by_mail(
            inquiry, subject="Catering", body="Yes, gladly.", by=owner, key=key
        )

    return make


def test_one_key_is_one_mail(answer):
    assert answer() == answer()
    assert Delivery.objects.count() == 1


def test_a_further_answer_is_a_further_mail(answer):
    assert answer("1") != answer("2")


def test_without_an_address_the_inquiry_stays_open(answer, inquiry):
    inquiry.reply_to = ""
    inquiry.contact.points.all().delete()
    with pytest.raises(answers.NoAddress):
        answer()
    assert Inquiry.objects.get().is_open


def test_a_dead_address_of_hers_is_not_used(inquiry):
    inquiry.reply_to = ""
    point = inquiry.contact.points.get(kind="email")
    point.undeliverable_at = inquiry.received_at
    point.save()
    assert answers.address_of(inquiry) == ""


@pytest.mark.parametrize("state", ["bounced", "failed", "uncertain", "skipped"])
def test_an_answer_that_did_not_arrive_is_told(answer, inquiry, owner, state):
    answer()
    Delivery.objects.update(state=state)
    assert [pair[0] for pair in answers.not_arrived(owner)] == [inquiry]


@pytest.mark.parametrize("state", ["pending", "sent"])
def test_an_answer_on_its_way_is_no_trouble(answer, owner, state):
    answer()
    Delivery.objects.update(state=state)
    assert answers.not_arrived(owner) == []


def test_trouble_is_over_once_the_inquiry_is_open_again(answer, inquiry, owner):
    answer()
    Delivery.objects.update(state="bounced")
    inquiries.reopen(inquiry)
    assert answers.not_arrived(owner) == []


def test_trouble_is_over_once_she_was_called(answer, inquiry, owner, time_machine):
    answer()
    Delivery.objects.update(state="bounced")
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=1))
    inquiries.reopen(inquiry)
    inquiries.answer_by_call(inquiry, note="", by=owner, key="2")
    assert answers.not_arrived(owner) == []


def test_trouble_is_told_only_to_those_who_may_see(answer, outsider):
    answer()
    Delivery.objects.update(state="bounced")
    assert answers.not_arrived(outsider) == []


def test_the_preview_is_what_the_person_gets(inquiry, answer, sink):
    shown = answers.preview(inquiry, subject="Catering", body="Yes, gladly.")
    answer()
    drain()
    (mail,) = sink.messages
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == shown["subject"]
    assert text.split() == shown["text"].split()
