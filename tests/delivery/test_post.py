import pytest

from crm_plugin import merge_tags
from crm_plugin.delivery import messages
from crm_plugin.delivery.post import post
from crm_plugin.models import Delivery, Rendering, ServiceMessage
from tests import factories

pytestmark = pytest.mark.django_db


def acknowledge(contact, key="ack:1", **context):
    said = {"reference": "Q000001", "answer_by": "18:00", "message": "Hi {{ x }}"}
    return post(
        "acknowledgement",
        contact=contact,
        address="Hanako@Mail.example",
        context={**said, **context},
        key=key,
        language="en",
    )


def filled(delivery):
    return merge_tags.fill(
        merge_tags.scan(delivery.rendering.text),
        delivery.values,
        fallbacks=merge_tags.fallbacks(["salutation"], delivery.language),
    )


def test_the_same_key_posts_once(contact):
    assert acknowledge(contact).pk == acknowledge(contact).pk
    assert Delivery.objects.count() == 1


def test_an_unknown_kind_is_refused(contact):
    with pytest.raises(messages.UnknownKind):
        post(
            "nonsense",
            contact=contact,
            address="a@b.example",
            context={},
            key="k",
            language="en",
        )


def test_the_message_holds_its_values_as_they_are(contact):
    text = filled(acknowledge(contact))
    assert "Hello 花子" in text
    assert "Q000001" in text
    assert "Hi {{ x }}" in text


def test_a_paragraph_without_its_value_is_left_out(contact):
    without = acknowledge(contact)
    with_button = acknowledge(contact, key="ack:2", confirm_url="https://x.example/c/1")
    assert "confirm your address" not in filled(without)
    assert "https://x.example/c/1" in filled(with_button)


def test_the_button_says_what_it_does(contact):
    delivery = acknowledge(contact, confirm_url="https://x.example/c/1")
    html = delivery.rendering.html
    assert "{{ confirm_url }}" in html
    assert ">Confirm</a>" in html


def test_two_messages_of_one_text_share_a_rendering(contact):
    acknowledge(contact)
    acknowledge(factories.ContactFactory(), key="ack:2")
    assert Rendering.objects.count() == 1


def test_the_edited_text_wins(contact):
    ServiceMessage.objects.create(
        kind="acknowledgement",
        language="en",
        title="Ours",
        subject="Thanks, {{ salutation }}",
        body="We got {{ reference }}.",
    )
    delivery = acknowledge(contact)
    assert delivery.rendering.subject == "Thanks, {{ salutation }}"
    assert "We got Q000001." in filled(delivery)


def test_an_answer_goes_out_as_it_was_written(contact):
    factories.SenderFactory()
    delivery = post(
        "answer",
        contact=contact,
        address="hanako@mail.example",
        context={},
        key="answer:1",
        language="ja",
        subject="{{ contact.name }} ?",
        body="Line 1\n\n{{ contact.name }} {% debug %}",
    )
    text = filled(delivery)
    assert text.startswith("Line 1\n\n{{ contact.name }} {% debug %}")
    assert "1-2-3 Midori" in text
    assert delivery.values["subject"] == "{{ contact.name }} ?"


def test_every_built_in_text_can_be_filled():
    for kind in messages.kinds().values():
        for language in ("en", "ja"):
            text = messages.built_in(kind, language)
            messages.check(kind.name, text.subject, text.body)


def test_installing_twice_keeps_what_staff_wrote():
    messages.install()
    ServiceMessage.objects.filter(kind="acknowledgement").update(subject="Ours")
    before = ServiceMessage.objects.count()
    messages.install()
    assert ServiceMessage.objects.count() == before
    assert ServiceMessage.objects.filter(subject="Ours").count() == 2


def test_a_template_becomes_the_start_of_an_answer(contact):
    messages.install()
    start = ServiceMessage.objects.get(kind="answer_start", language="en")
    text = messages.filled(start, contact.pk, own={"reference": "Q1", "phone": ""})
    assert text.subject == "Your inquiry Q1"
    assert "Hello 花子" in text.body
    assert "call us" not in text.body
