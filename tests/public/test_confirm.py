import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from crm_plugin import signing
from crm_plugin.consents import ledger
from crm_plugin.consents.models import Consent, ConsentEvent
from crm_plugin.contacts.models import Contact
from crm_plugin.intake import attempts
from crm_plugin.intake.models import Confirmation
from tests.factories import SubmissionFactory, TopicFactory

pytestmark = pytest.mark.django_db
WORDING = "Yes, send me the news of Hinata."


@pytest.fixture
def submission(db):
    topic, words = TopicFactory(), ledger.wording_for(WORDING, "en")
    row = SubmissionFactory(
        email_norm="hanako@mail.example",
        consents=[{"topic": topic.key, "wording": words.pk}],
    )
    return attempts.attempt(row)


@pytest.fixture
def url(submission):
    token = signing.make("confirm", submission.confirmation.public_id)
    return reverse("crm:confirm", args=[token])


def test_the_page_shows_what_was_said_and_one_button(client, url, submission):
    html = client.get(url).content.decode()
    assert "A table for four?" in html
    assert WORDING in html
    assert html.count("<button") == 1


@pytest.mark.parametrize("verb", ["get", "head", "options"])
def test_opening_it_changes_nothing(client, url, verb):
    for _time in range(3):
        getattr(client, verb)(url)
    assert Contact.objects.get().provisional
    assert Consent.objects.get().state == "pending"
    assert Confirmation.objects.get().confirmed_at is None
    assert "crm_visitor" not in client.cookies


def test_a_link_to_an_address_that_was_corrected_confirms_nothing(client, url):
    new = {"value": "hanae@mail.example", "value_norm": "hanae@mail.example"}
    Contact.objects.get().points.filter(kind="email").update(**new)
    for answer in (client.get(url), client.post(url)):
        assert "A table for four?" not in answer.content.decode()
    assert Contact.objects.get().provisional
    assert Consent.objects.get().state == "pending"
    assert "crm_visitor" not in client.cookies


def test_pressing_confirms_without_cookie_or_token_of_the_form(url):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(url, headers={"user-agent": "Browser"})
    assert answer.status_code == 200
    assert "confirmed" in answer.content.decode()
    assert not Contact.objects.get().provisional
    assert Consent.objects.get().state == "granted"
    event = ConsentEvent.objects.last()
    assert event.ip_truncated == "127.0.0.0/24"
    assert event.agent_hash


def test_pressing_makes_this_browser_a_verified_one(client, url, rf):
    from crm_plugin.personalisation import visitor

    client.post(url)
    request = rf.get("/")
    request.COOKIES["crm_visitor"] = client.cookies["crm_visitor"].value
    known = visitor.of(request)
    assert known.verified
    assert known.verified_address_hash == signing.address_hash(
        "email", "hanako@mail.example"
    )


def test_only_the_first_press_does(client, url):
    from django.test import Client

    client.post(url)
    friend = Client()
    assert friend.post(url).status_code == 200
    assert "crm_visitor" not in friend.cookies
    assert ConsentEvent.objects.filter(action="confirm").count() == 1


@pytest.mark.parametrize("verb", ["get", "post"])
def test_the_page_is_private(client, url, verb):
    answer = getattr(client, verb)(url)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]


@pytest.mark.parametrize("verb", ["get", "post"])
@pytest.mark.parametrize("token", ["altered", "a.b.c", "%E3%81%82"])
def test_a_token_that_is_none_gets_a_friendly_page(client, submission, verb, token):
    answer = getattr(client, verb)(f"/crm/confirm/{token}")
    assert answer.status_code == 400
    assert "does not work" in answer.content.decode()
    assert Consent.objects.get().state == "pending"


def test_a_token_for_another_purpose_is_refused(client, submission):
    token = signing.make("unsub", submission.confirmation.public_id)
    answer = client.post(reverse("crm:confirm", args=[token]))
    assert answer.status_code == 400
    assert Contact.objects.get().provisional


def test_an_old_link_says_what_to_do(client, url, time_machine):
    time_machine.move_to(timezone.now() + dt.timedelta(days=8))
    answer = client.post(url)
    assert answer.status_code == 410
    assert "fill in the form once more" in answer.content.decode()
    assert Contact.objects.get().provisional


def test_after_erasure_there_is_nothing_to_confirm(client, url):
    Contact.objects.all().delete()
    answer = client.post(url)
    assert answer.status_code == 410
    assert "no longer stored" in answer.content.decode()


def test_the_page_speaks_the_language_of_the_form(client, submission, url):
    submission.language = "ja"
    submission.save()
    assert '<html lang="ja">' in client.get(url).content.decode()


def test_a_broken_link_speaks_the_language_of_the_browser(client, submission):
    answer = client.get("/crm/confirm/x", headers={"accept-language": "ja"})
    assert '<html lang="ja">' in answer.content.decode()


def test_what_was_typed_is_escaped(client, submission, url):
    submission.answers[1]["text"] = "<script>alert(1)</script>"
    submission.save()
    assert "<script>" not in client.get(url).content.decode()


@pytest.mark.parametrize(
    "told",
    [
        {"sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example"},
        {"referer": "https://evil.example/page"},
    ],
)
def test_a_post_from_another_site_presses_nothing(client, url, told):
    answer = client.post(url, headers=told)
    assert answer.content.decode().count("<button") == 1
    assert Confirmation.objects.get().confirmed_at is None
    assert "crm_visitor" not in client.cookies


@pytest.mark.parametrize(
    "told", [{"origin": "null"}, {"origin": "http://testserver"}, {}]
)
def test_a_browser_that_tells_nothing_else_is_believed(client, url, told):
    client.post(url, headers=told)
    assert Confirmation.objects.get().confirmed_at
