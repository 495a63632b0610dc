import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from crm_plugin import signing
from crm_plugin.consents import ledger, preferences
from crm_plugin.consents.models import Consent, ConsentEvent, Preference, Suppression
from crm_plugin.delivery.models import Delivery
from tests.factories import PointFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def news():
    return TopicFactory(key="news", name="News")


@pytest.fixture
def wine():
    return TopicFactory(key="wine", name="Wine")


@pytest.fixture
def point(news, wine):
    point = PointFactory(value="hanako@mail.example", contact__language="en")
    words = ledger.wording_for("Yes.", "en")
    ledger.confirm(point, news, wording=words)
    return point


@pytest.fixture
def url(point):
    return reverse("crm:preferences", args=[preferences.link_token(point)])


def states(point):
    rows = Consent.objects.filter(point=point)
    return dict(rows.values_list("topic__key", "state"))


def test_opening_it_shows_the_choices_and_changes_nothing(client, url, point):
    events = ConsentEvent.objects.count()
    html = client.get(url).content.decode()
    assert 'value="news" checked' in html
    assert 'value="wine">' in html
    assert "hanako@" not in html
    assert ConsentEvent.objects.count() == events
    assert not Preference.objects.exists()


def test_a_tick_is_a_yes_with_its_words(client, url, point):
    client.post(url, {"topic": ["news", "wine"], "frequency": "every", "pause": "0"})
    assert states(point) == {"news": "granted", "wine": "granted"}
    event = ConsentEvent.objects.last()
    assert (event.action, event.source) == ("confirm", "preferences")
    assert event.wording


def test_a_tick_taken_away_is_a_no(client, url, point):
    client.post(url, {"frequency": "every", "pause": "0"})
    assert states(point) == {"news": "withdrawn"}
    assert not Suppression.objects.exists()


def test_saving_without_a_change_writes_no_line(client, url, point):
    before = ConsentEvent.objects.count()
    client.post(url, {"topic": ["news"], "frequency": "every", "pause": "0"})
    assert ConsentEvent.objects.count() == before


def test_frequency_and_pause_are_kept(client, url, point):
    client.post(url, {"topic": ["news"], "frequency": "monthly", "pause": "30"})
    kept = Preference.objects.get()
    assert kept.frequency == "monthly"
    assert kept.paused_until == timezone.localdate() + dt.timedelta(days=30)


def test_saving_something_else_keeps_the_pause(client, url, point):
    until = timezone.localdate() + dt.timedelta(days=12)
    preferences.choose(point.contact, paused_until=until)
    assert 'value="keep"' in client.get(url).content.decode()
    client.post(url, {"topic": ["news"], "frequency": "weekly", "pause": "keep"})
    assert Preference.objects.get().paused_until == until


def test_no_news_of_any_kind(client, url, point):
    client.post(url, {"topic": ["news", "wine"], "nothing": "1"})
    assert states(point) == {"news": "withdrawn"}
    assert Suppression.objects.get().scope == "marketing"


def test_nonsense_is_ignored(client, url, point):
    said = {"topic": ["news", "hacked"], "frequency": "hourly", "pause": "9999"}
    assert client.post(url, said).status_code == 200
    kept = Preference.objects.get()
    assert (kept.frequency, kept.paused_until) == ("every", None)
    assert states(point) == {"news": "granted"}


def test_an_old_link_leads_to_a_fresh_one_in_the_mailbox(client, url, time_machine):
    time_machine.move_to(timezone.now() + dt.timedelta(days=31))
    answer = client.get(url)
    assert answer.status_code == 410
    assert not Delivery.objects.exists()
    for _time in range(3):
        client.post(url)
    mail = Delivery.objects.get()
    assert mail.address == "hanako@mail.example"
    assert "/crm/preferences/" in mail.values["preferences_url"]
    assert mail.values["preferences_url"] not in client.post(url).content.decode()


@pytest.mark.parametrize("purpose", ["unsub", "confirm"])
def test_a_token_for_another_purpose_opens_nothing(client, point, purpose):
    token = signing.make(purpose, point.contact.public_id, p=point.pk)
    answer = client.post(reverse("crm:preferences", args=[token]), {"nothing": "1"})
    assert answer.status_code == 404
    assert states(point) == {"news": "granted"}


def test_a_link_for_one_person_does_not_open_anothers(client, point):
    other = PointFactory()
    token = signing.make("preferences", point.contact.public_id, p=other.pk)
    answer = client.get(reverse("crm:preferences", args=[token]))
    assert answer.status_code == 404


def test_after_erasure_the_link_says_nothing(client, url, point):
    point.contact.delete()
    assert client.get(url).status_code == 404


def test_the_page_is_private(client, url):
    answer = client.get(url)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
