import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin import signing
from crm_plugin.conf import setting
from crm_plugin.delivery import links
from crm_plugin.models import ContactChange, Delivery, Link, Response
from crm_plugin.personalisation import visitor
from tests import factories

pytestmark = pytest.mark.django_db
BROWSER = {"HTTP_USER_AGENT": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}
TARGET = "https://hinata.example/lunch/"


@pytest.fixture
def delivery():
    row = factories.DeliveryFactory(
        handed_at=timezone.now() - dt.timedelta(hours=2), state="sent"
    )
    for position, url in enumerate([TARGET, TARGET + "a", TARGET + "b"]):
        Link.objects.create(rendering=row.rendering, position=position, url=url)
    return row


def url_of(delivery, position=0):
    token = signing.make(links.CLICK, delivery.public_id.hex)
    return f"/crm/c/{token}/{position}"


def test_a_click_leads_to_the_stored_address(delivery, client):
    answer = client.get(url_of(delivery), **BROWSER)
    assert (answer.status_code, answer["Location"]) == (302, TARGET)
    assert "no-store" in answer["Cache-Control"]


def test_a_persons_click_is_kept_noted_and_recognised(delivery, client):
    answer = client.get(url_of(delivery), **BROWSER)
    response = Response.objects.get()
    assert (response.kind, response.machine) == ("click", False)
    assert ContactChange.objects.get().aspect == "responses"
    assert visitor.COOKIE in answer.cookies


def test_a_click_consents_to_nothing_and_leaves_nothing(delivery, client):
    client.get(url_of(delivery), **BROWSER)
    assert delivery.point.consents.get().state == "granted"


@pytest.mark.parametrize(
    "extra",
    [
        {"HTTP_USER_AGENT": "Barracuda Sentinel (EE)"},
        {"HTTP_USER_AGENT": "python-requests/2.32"},
        {"HTTP_USER_AGENT": ""},
        {**BROWSER, "HTTP_SEC_PURPOSE": "prefetch;prerender"},
    ],
)
def test_a_machine_is_flagged_and_not_recognised(delivery, client, extra):
    answer = client.get(url_of(delivery), **extra)
    assert answer["Location"] == TARGET
    assert Response.objects.get().machine
    assert visitor.COOKIE not in answer.cookies
    assert not ContactChange.objects.exists()


def test_a_head_request_is_a_machine(delivery, client):
    client.head(url_of(delivery), **BROWSER)
    assert Response.objects.get().machine


def test_a_click_right_after_sending_is_a_machine(delivery, client):
    Delivery.objects.update(handed_at=timezone.now())
    client.get(url_of(delivery), **BROWSER)
    assert Response.objects.get().machine


def test_opening_every_link_at_once_is_a_machine(delivery, client):
    for position in range(3):
        client.get(url_of(delivery, position), **BROWSER)
    assert Response.objects.filter(machine=True).count() == 3
    assert not Response.objects.filter(machine=False).exists()


def test_two_links_of_three_are_a_person(delivery, client):
    for position in range(2):
        client.get(url_of(delivery, position), **BROWSER)
    assert Response.objects.filter(machine=False).count() == 2


def test_a_double_click_counts_once(delivery, client, time_machine):
    time_machine.move_to(dt.datetime(2099, 5, 1, 12, 0, 10, tzinfo=dt.UTC), tick=False)
    for _ in range(3):
        client.get(url_of(delivery), **BROWSER)
    assert Response.objects.count() == 1


def test_a_click_in_a_test_message_counts_nothing(delivery, client):
    Delivery.objects.update(kind="test")
    answer = client.get(url_of(delivery), **BROWSER)
    assert answer["Location"] == TARGET
    assert not Response.objects.exists()
    assert visitor.COOKIE not in answer.cookies


@pytest.mark.parametrize("position", [3, 99, 10**30])
def test_a_link_that_stood_in_no_message_is_not_found(delivery, client, position):
    assert client.get(url_of(delivery, position), **BROWSER).status_code == 404


@pytest.mark.parametrize(
    "tail",
    [
        "?url=https://evil.example/",
        "?next=//evil.example",
        "?u=javascript:alert(1)",
        "?0=%0d%0aLocation:%20https://evil.example",
    ],
)
def test_no_parameter_changes_the_target(delivery, client, tail):
    assert client.get(url_of(delivery) + tail, **BROWSER)["Location"] == TARGET


@pytest.mark.parametrize(
    "path",
    [
        "/crm/c/{token}x/0",
        "/crm/c/x{token}/0",
        "/crm/c/{token}//evil.example",
        "/crm/c/{token}/\\evil.example",
        "/crm/c/{token}/0/https://evil.example",
        "/crm/c/{token}/-1",
        "/crm/c/javascript:alert(1)/0",
    ],
)
def test_a_changed_path_leads_nowhere(delivery, client, path):
    token = signing.make(links.CLICK, delivery.public_id.hex)
    assert client.get(path.format(token=token), **BROWSER).status_code == 404


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "ftp://x"])
def test_only_web_addresses_are_followed(delivery, client, url):
    Link.objects.update(url=url)
    assert client.get(url_of(delivery), **BROWSER).status_code == 404


def test_an_old_key_keeps_its_links_alive(delivery, client, settings):
    url = url_of(delivery)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a-new-key"
    assert client.get(url, **BROWSER)["Location"] == TARGET


def test_nobody_is_recognised_by_a_message_to_an_archived_record(delivery, client):
    delivery.contact.archived_at = timezone.now()
    delivery.contact.save()
    assert visitor.COOKIE not in client.get(url_of(delivery), **BROWSER).cookies


class TestWhoIsRecognised:
    """Trust row P8: no id cookie for whoever does not want one."""

    def recognised(self, client, delivery, **headers):
        return (
            visitor.COOKIE
            in client.get(url_of(delivery), headers=headers, **BROWSER).cookies
        )

    @pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
    def test_not_a_browser_that_asks_not_to_be_tracked(self, client, delivery, header):
        assert not self.recognised(client, delivery, **{header: "1"})

    @pytest.mark.parametrize(
        "asked", [{"CRM_RECOGNISE": "consent"}, {"CRM_LEGAL_PROFILE": "eu"}]
    )
    def test_where_consent_is_needed_only_who_gave_it(
        self, client, delivery, settings, asked
    ):
        for name, value in asked.items():
            setattr(settings, name, value)
        assert not self.recognised(client, delivery)
        client.cookies["crm_choice"] = "no.1.1"
        assert not self.recognised(client, delivery)
        client.cookies["crm_choice"] = "yes.1.1"
        assert self.recognised(client, delivery)

    @pytest.mark.parametrize(
        ("profile", "enough"), [("jp", True), ("us", True), ("eu", False)]
    )
    def test_each_law_says_whether_the_click_is_enough(
        self, client, delivery, settings, profile, enough
    ):
        """See docs/decisions/0006."""
        settings.CRM_LEGAL_PROFILE = profile
        assert self.recognised(client, delivery) is enough

    def test_without_a_word_of_the_operator_it_is_the_law_of_japan(
        self, client, delivery
    ):
        assert setting("CRM_LEGAL_PROFILE") == "jp"
        assert self.recognised(client, delivery)

    def test_an_operator_may_ask_by_other_means(self, client, delivery, settings):
        settings.CRM_LEGAL_PROFILE, settings.CRM_RECOGNISE = "eu", "click"
        assert self.recognised(client, delivery)

    @pytest.mark.parametrize("profile", ["jp", "us", "eu"])
    def test_who_followed_no_link_has_nothing_stored(self, client, settings, profile):
        settings.CRM_LEGAL_PROFILE = profile
        for path in ("/crm/preferences/", "/crm/not-you", "/crm/c/x/0"):
            client.get(path, **BROWSER)
        assert visitor.COOKIE not in client.cookies

    def test_the_cookie_is_ours_alone(self, client, delivery):
        cookie = client.get(url_of(delivery), **BROWSER).cookies[visitor.COOKIE]
        assert (cookie["domain"], cookie["samesite"]) == ("", "Lax")
        assert cookie["httponly"]
