import pytest
from django.urls import reverse

from crm_plugin import signing
from crm_plugin.consents.models import Consent
from crm_plugin.contacts.models import Contact
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake.models import Claim, Confirmation
from crm_plugin.touchpoints.models import Inquiry

from .conftest import WORDING

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscribed(visit, sign_up_page):
    visitor = visit(sign_up_page)
    visitor.send(e_mail="hanako@mail.example")
    return visitor


def press(client):
    token = signing.make("confirm", Confirmation.objects.latest("id").public_id)
    return client.post(reverse("crm:confirm", args=[token]))


def test_sending_the_form_asks_for_the_topic(subscribed):
    assert Consent.objects.get().state == "pending"
    assert Delivery.objects.get().kind == "sign_up_received"
    assert not Inquiry.objects.exists()


def test_a_sign_up_is_thanked_for_as_one(visit, sign_up_page, client):
    sent = visit(sign_up_page).send(e_mail="hanako@mail.example")
    html = client.get(sent.url).content.decode()
    assert "Thank you. We have received your sign-up." in html


def test_the_words_stand_on_the_page_without_a_tick(subscribed):
    html = subscribed.open().content.decode()
    assert WORDING in html
    assert "crm_consent" not in html


def test_a_retired_topic_is_neither_shown_nor_asked_for(visit, sign_up_page, topic):
    visitor = visit(sign_up_page)
    visitor.open()
    topic.active = False
    topic.save()
    visitor.send(e_mail="hanako@mail.example")
    assert Contact.objects.exists()
    assert not Consent.objects.exists()
    assert WORDING not in visitor.open().content.decode()


def test_the_button_in_the_mail_makes_it_true(subscribed, client):
    press(client)
    assert Consent.objects.get().state == "granted"


def test_a_verified_browser_writes_directly_for_its_own_address(
    subscribed, client, visit, inquiry_page
):
    press(client)
    said = {"family_name": "佐藤", "message": "My phone", "phone": "090-1234-5678"}
    visit(inquiry_page).send(**said, e_mail="Hanako@mail.example")
    contact = Contact.objects.get()
    assert contact.family_name == "佐藤"
    assert contact.points.filter(kind="phone").exists()
    assert not Claim.objects.exists()


def test_and_is_a_stranger_for_any_other_address(
    subscribed, client, visit, inquiry_page, contact
):
    contact.points.filter(kind="email").update(value_norm="taro@mail.example")
    press(client)
    visit(inquiry_page).send(family_name="悪", e_mail="taro@mail.example")
    assert Claim.objects.get().contact == contact
