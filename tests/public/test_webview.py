import pytest

from crm_plugin import signing
from crm_plugin.delivery import links
from crm_plugin.models import Contact, Delivery
from tests import factories

pytestmark = pytest.mark.django_db


def url_of(delivery):
    return "/crm/v/" + signing.make(links.VIEW, delivery.public_id.hex)


@pytest.fixture
def delivery():
    return factories.DeliveryFactory(values={"salutation": "佐藤<b>様"}, state="sent")


def test_it_shows_what_was_sent_also_when_the_record_changed(delivery, client):
    Contact.objects.update(family_name="鈴木")
    page = client.get(url_of(delivery)).content.decode()
    assert "佐藤&lt;b&gt;様" in page
    assert "鈴木" not in page
    assert "/crm/u/" in page


def test_it_is_private_and_runs_no_script(delivery, client):
    page = client.get(url_of(delivery))
    assert page["Cache-Control"] == "private, no-store"
    assert "noindex" in page["X-Robots-Tag"]
    assert page["Referrer-Policy"] == "no-referrer"
    assert "sandbox" in page["Content-Security-Policy"]
    assert "allow-scripts" not in page["Content-Security-Policy"]


def test_a_plain_message_is_shown_as_plain_text(delivery, client):
    delivery.rendering.html = ""
    delivery.rendering.save()
    assert "<pre>佐藤&lt;b&gt;様" in client.get(url_of(delivery)).content.decode()


def test_an_erased_message_is_not_shown(delivery, client):
    Delivery.objects.update(address_norm="")
    assert client.get(url_of(delivery)).status_code == 404


@pytest.mark.parametrize("purpose", [links.CLICK, links.UNSUBSCRIBE])
def test_a_token_for_another_purpose_shows_nothing(delivery, client, purpose):
    token = signing.make(purpose, delivery.public_id.hex)
    assert client.get(f"/crm/v/{token}").status_code == 404
