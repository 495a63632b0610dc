import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_plugin import signing
from crm_plugin.delivery import gates, links
from crm_plugin.models import (
    Consent,
    ConsentEvent,
    ContactPoint,
    CrmSettings,
    Delivery,
    Preference,
    Response,
    Suppression,
)
from tests import factories

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def delivery():
    return factories.DeliveryFactory(language="en")


@pytest.fixture
def browser():
    """A client that would be refused where a CSRF token is asked for."""
    return Client(enforce_csrf_checks=True)


def url_of(delivery):
    return links.unsubscribe(delivery, "")


def state_of(delivery):
    return Consent.objects.get(point=delivery.point).state


def left(delivery):
    return state_of(delivery) == "withdrawn"


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_changes_nothing(delivery, browser, method):
    getattr(browser, method)(url_of(delivery))
    assert not left(delivery)
    assert not ConsentEvent.objects.exists()
    assert not Response.objects.exists()


def test_the_page_has_two_buttons_in_the_recipients_language(delivery, browser):
    Delivery.objects.update(language="ja")
    page = browser.get(url_of(delivery))
    assert page.content.decode().count("<button") == 2
    assert 'lang="ja"' in page.content.decode()


def test_the_page_tells_nobody_anything(delivery, browser):
    page = browser.get(url_of(delivery))
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    assert "noindex" in page["X-Robots-Tag"]
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert delivery.address not in page.content.decode()
    assert not page.cookies


@pytest.mark.parametrize("press", [{}, {"everything": 1}, {"less": 1}])
def test_whoever_got_the_letter_passed_on_reads_nothing_of_the_address(
    delivery, browser, press
):
    """I4: not its first letter, nor its domain, which may be somebody's name."""
    Delivery.objects.update(
        address="hanako@sato-family.example", address_norm="hanako@sato-family.example"
    )
    delivery.point.value = delivery.point.value_norm = "hanako@sato-family.example"
    delivery.point.save()
    pages = [
        browser.get(url_of(delivery)),
        browser.post(url_of(delivery), {"page": 1, **press}),
        browser.get(url_of(delivery)),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "h…" not in page.content.decode()
        assert "sato-family" not in page.content.decode()


def test_one_click_three_times_is_one_line_in_the_ledger(delivery, browser):
    for _ in range(3):
        answer = browser.post(url_of(delivery), ONE_CLICK)
        assert answer.status_code == 200
        assert answer.content == b""
    assert left(delivery)
    assert ConsentEvent.objects.filter(action="withdraw").count() == 1
    assert Response.objects.filter(kind="unsubscribe").count() == 1


def test_a_post_without_a_body_is_one_click_too(delivery, browser):
    assert browser.generic("POST", url_of(delivery)).status_code == 200
    assert left(delivery)


def test_the_button_leaves_the_topic_only(delivery, browser):
    other = factories.ConsentFactory(
        point=delivery.point, topic=factories.TopicFactory(key="events")
    )
    page = browser.post(url_of(delivery), {"page": "1"})
    other.refresh_from_db()
    assert "You are unsubscribed" in page.content.decode()
    assert Consent.objects.get(topic=delivery.topic).state == "withdrawn"
    assert other.state == "granted"
    assert not Suppression.objects.exists()


def test_the_box_leaves_everything(delivery, browser):
    browser.post(url_of(delivery), {"page": "1", "everything": "on"})
    assert left(delivery)
    assert Suppression.objects.get().scope == "marketing"


LESS = {"page": "1", "less": "1"}


def test_less_often_is_once_a_month_and_a_line_in_the_ledger(delivery, browser):
    page = browser.post(url_of(delivery), LESS).content.decode()
    assert "Once a month at most" in page
    assert delivery.address not in page
    assert Preference.objects.get(contact=delivery.contact).frequency == "monthly"
    event = ConsentEvent.objects.get()
    assert (event.action, event.topic) == ("prefer", "")
    assert event.evidence == {"frequency": ["every", "monthly"]}
    assert event.address_hash == signing.address_hash("email", delivery.address_norm)
    assert not left(delivery)
    assert not Response.objects.exists()


def test_less_often_twice_is_said_once_and_not_offered_again(delivery, browser):
    for _ in range(2):
        browser.post(url_of(delivery), LESS)
    assert ConsentEvent.objects.count() == 1
    page = browser.get(url_of(delivery)).content.decode()
    assert 'name="less"' not in page
    assert "Unsubscribe?" in page


def test_less_often_is_obeyed_by_the_next_campaign(delivery, browser):
    Delivery.objects.update(state="sent", handed_at=timezone.now())
    held = dict(gates.marketing_holds(timezone.now()))[Delivery.Reason.DIGEST]
    assert not Delivery.objects.filter(held).exists()
    browser.post(url_of(delivery), LESS)
    assert Delivery.objects.filter(held).exists()


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_does_not_make_it_less_often(delivery, browser, method):
    getattr(browser, method)(url_of(delivery), LESS)
    assert not Preference.objects.exists()
    assert not ConsentEvent.objects.exists()


def test_a_test_message_makes_nothing_less_often(delivery, browser):
    Delivery.objects.update(kind="test")
    browser.post(url_of(delivery), LESS)
    assert not Preference.objects.exists()


def test_an_opt_out_holds_for_the_address_on_every_record(delivery, browser):
    twin = factories.PointFactory(
        value=delivery.address, value_norm=delivery.address_norm
    )
    factories.ConsentFactory(point=twin, topic=delivery.topic)
    browser.post(url_of(delivery), ONE_CLICK)
    assert Consent.objects.get(point=twin).state == "withdrawn"


def test_a_slip_is_undone_on_the_same_page(delivery, browser):
    page = browser.post(url_of(delivery), {"page": "1", "everything": "on"})
    undo = page.context["undo"]
    page = browser.post(url_of(delivery), {"page": "1", "undo": undo})
    assert "Welcome back" in page.content.decode()
    assert not left(delivery)
    assert not Suppression.objects.exists()
    assert not Response.objects.exists()


def test_undoing_needs_the_page_just_shown(delivery, browser, time_machine):
    page = browser.post(url_of(delivery), {"page": "1"})
    other = factories.DeliveryFactory(rendering=delivery.rendering)
    undo = page.context["undo"]
    assert browser.post(url_of(other), {"undo": undo}).status_code == 404
    time_machine.move_to(delivery.created_at.replace(year=2099))
    assert browser.post(url_of(delivery), {"undo": undo}).status_code == 404
    assert left(delivery)


def test_it_works_long_after_sending(delivery, browser, time_machine):
    url = url_of(delivery)
    time_machine.move_to(delivery.created_at.replace(year=2099))
    browser.post(url, ONE_CLICK)
    assert left(delivery)


def test_an_erased_person_is_already_gone(delivery, browser):
    url = url_of(delivery)
    delivery.contact.delete()
    Delivery.objects.update(address="", address_norm="")
    for page in (browser.get(url), browser.post(url, ONE_CLICK)):
        assert page.status_code == 200
        assert "already gone" in page.content.decode()


def test_an_address_without_a_record_is_still_stopped(delivery, browser):
    ContactPoint.objects.all().delete()
    browser.post(url_of(delivery), ONE_CLICK)
    assert browser.get(url_of(delivery)).status_code == 200


def test_a_test_message_has_nothing_to_leave(delivery, browser):
    Delivery.objects.update(kind="test")
    page = browser.post(url_of(delivery), ONE_CLICK)
    assert "test message" in page.content.decode()
    assert not left(delivery)


def test_the_phone_number_stands_on_the_page(delivery, browser):
    CrmSettings.objects.create(business_name="Hinata", phone="0166-00-0000")
    assert "tel:0166-00-0000" in browser.get(url_of(delivery)).content.decode()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_an_altered_token_leaves_nobody(delivery, browser, data):
    token = url_of(delivery).rsplit("/", 1)[1]
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("abcXYZ019-_.:"))
    altered = data.draw(
        st.sampled_from(
            [
                token[:place] + letter + token[place + 1 :],
                token[:place],
                token + letter,
                letter + token,
            ]
        )
    )
    if altered == token or not altered:
        return
    assert browser.post(f"/crm/u/{altered}", ONE_CLICK).status_code == 404
    assert not left(delivery)


@pytest.mark.parametrize("purpose", [links.CLICK, links.VIEW, "confirm", "browser"])
def test_a_token_for_another_purpose_leaves_nobody(delivery, browser, purpose):
    token = signing.make(purpose, delivery.public_id.hex)
    assert browser.post(f"/crm/u/{token}", ONE_CLICK).status_code == 404
    assert not left(delivery)


def test_a_signed_token_that_names_nothing_is_refused(browser):
    token = signing.make(links.UNSUBSCRIBE, "../../etc")
    assert browser.get(f"/crm/u/{token}").status_code == 404
