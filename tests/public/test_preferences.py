import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from crm_plugin import signing
from crm_plugin.consents import ledger, preferences, rebuild
from crm_plugin.consents.models import (
    Consent,
    ConsentEvent,
    Preference,
    Suppression,
    Topic,
    Wording,
)
from crm_plugin.contacts.models import Contact
from crm_plugin.delivery.models import Delivery
from crm_plugin.touchpoints import history
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


def test_a_link_to_an_address_that_was_corrected_opens_nothing(client, url, point):
    type(point).objects.update(value="n@mail.example", value_norm="n@mail.example")
    assert client.get(url).status_code == 404
    assert client.post(url, {"nothing": "1"}).status_code == 404
    assert states(point) == {"news": "granted"}


def test_a_link_that_was_mailed_survives_a_new_key(client, url, settings):
    settings.CRM_LINK_KEY = "a key of its own"
    assert client.get(url).status_code == 200


def test_a_link_from_before_there_were_marks_opens_until_it_runs_out(
    client, point, time_machine
):
    time_machine.move_to(timezone.now())
    token = signing.make("preferences", point.contact.public_id, p=point.pk)
    old = reverse("crm:preferences", args=[token])
    assert client.get(old).status_code == 200
    time_machine.shift(dt.timedelta(days=31))
    assert client.get(old).status_code == 410


@pytest.mark.parametrize("mark", ["", None, 7, "0" * 16])
def test_a_mark_that_is_none_opens_nothing(client, point, mark):
    said = {"p": point.pk, "h": mark}
    token = signing.make("preferences", point.contact.public_id, **said)
    url = reverse("crm:preferences", args=[token])
    assert client.get(url).status_code == 404


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


def test_the_words_that_are_kept_are_those_of_the_page(client, url, point, wine):
    Contact.objects.update(language="ja")
    wine.name_ja, wine.description_ja = "ワイン", "月に1回ほどお送りします。"
    wine.save()
    english = {"Accept-Language": "en", "User-Agent": "Browser"}
    html = client.get(url, headers=english).content.decode()
    client.post(url, {"topic": ["news", "wine"]}, headers=english)
    event = ConsentEvent.objects.get(topic="wine")
    wording = Wording.objects.get(pk=event.wording)
    assert wording.text.endswith("ワイン\n月に1回ほどお送りします。")
    assert wording.text.replace("\n", "<br>") in html
    assert wording.locale == "ja"
    assert event.ip_truncated == "127.0.0.0/24"
    assert event.agent_hash == signing.keyed_hash("Browser")


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


@pytest.mark.parametrize(
    "said",
    [
        {"topic": ["news", "hacked"]},
        {"frequency": "hourly"},
        {"pause": "9999"},
        {"channel": "telepathy"},
        {"language": "xx"},
    ],
)
def test_nonsense_is_told_and_nothing_is_saved(client, url, point, said):
    events = ConsentEvent.objects.count()
    answer = client.post(url, {"topic": ["wine"], "frequency": "monthly", **said})
    assert answer.status_code == 200
    html = answer.content.decode()
    assert "Nothing was saved yet" in html
    assert 'class="wrong" id=' in html
    assert ConsentEvent.objects.count() == events
    assert not Preference.objects.exists()


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("", "Please choose the day."),
        ("2026-05-10", "within the next two years"),
        ("2031-01-01", "within the next two years"),
        ("soon", "Please enter a day"),
    ],
)
def test_a_day_that_is_none_is_told_beside_it(client, url, time_machine, day, words):
    time_machine.move_to("2026-05-11T10:00:00+09:00")
    said = {"topic": ["news", "wine"], "frequency": "weekly", "pause": "day"}
    html = client.post(url, said | {"until": day}).content.decode()
    assert words in html
    assert not Preference.objects.exists()
    # What was typed is still there.
    assert 'value="wine" checked' in html
    assert re.search(r'value="weekly"[^>]* checked', html)
    assert '<option value="day" selected>' in html


def test_the_pause_may_end_on_a_day_of_her_choice(client, url, point, time_machine):
    time_machine.move_to("2026-05-11T10:00:00+09:00")
    said = {"topic": ["news"], "frequency": "every", "pause": "day"}
    client.post(url, said | {"until": "2026-06-30"})
    assert Preference.objects.get().paused_until == dt.date(2026, 6, 30)
    client.post(url, {"topic": ["news"], "frequency": "every", "pause": "0"})
    assert Preference.objects.get().paused_until is None


def test_channel_and_language_are_kept(client, url, point):
    client.post(url, {"topic": ["news"], "channel": "post", "language": "ja"})
    point.contact.refresh_from_db()
    assert Preference.objects.get().channel == "post"
    assert point.contact.language == "ja"
    assert '<html lang="ja">' in client.get(url).content.decode()


def test_line_is_offered_to_whom_we_reach_there(client, url, point):
    assert 'value="line"' not in client.get(url).content.decode()
    PointFactory(contact=point.contact, kind="line", value="U123")
    assert 'value="line"' in client.get(url).content.decode()


def test_every_change_is_a_line_of_the_ledger(client, url, point, time_machine):
    time_machine.move_to("2026-05-11T10:00:00+09:00")
    said = {"topic": ["news"], "frequency": "weekly", "pause": "30"}
    client.post(url, said | {"channel": "phone", "language": "ja"})
    line = ConsentEvent.objects.get(action="prefer")
    assert line.evidence == {
        "frequency": ["every", "weekly"],
        "paused_until": [None, "2026-06-10"],
        "channel": ["", "phone"],
        "language": ["en", "ja"],
    }
    assert (line.source, line.actor, line.topic) == ("preferences", "", "")
    assert line.address_hash == signing.address_hash("email", "hanako@mail.example")
    client.post(url, {"topic": ["news"], "frequency": "weekly", "pause": "keep"})
    assert ConsentEvent.objects.filter(action="prefer").count() == 1


def test_the_lines_move_no_consent(client, url, point):
    client.post(url, {"topic": ["news"], "frequency": "monthly", "pause": "90"})
    assert rebuild.differences() == []
    ledger.withdraw(point, topic=Topic.objects.get(key="news"), source="one-click")
    client.post(url, {"frequency": "weekly", "pause": "0"})
    assert states(point) == {"news": "withdrawn"}
    assert rebuild.differences() == []


def test_the_history_tells_what_was_chosen(client, url, point, owner):
    client.post(url, {"topic": ["news"], "frequency": "monthly", "pause": "0"})
    stories = history.story(point.contact, user=owner)
    (entry,) = [e for e in stories if e.title == "Preferences changed"]
    assert entry.details == (("How often", "each message → once a month"),)


def test_whoever_saves_has_shown_that_the_address_is_theirs(client, url, point):
    point.contact.confirmed_at = point.verified_at = None
    point.contact.save()
    point.save()
    client.get(url)
    assert not Contact.objects.filter(confirmed_at__isnull=False).exists()
    client.post(url, {"topic": ["news"]})
    point.refresh_from_db()
    assert point.verified_at
    assert not Contact.objects.get().provisional


def test_saving_makes_no_browser_known(client, url, point):
    client.post(url, {"topic": ["news"]})
    assert "crm_visitor" not in client.cookies


@pytest.mark.parametrize("verb", ["get", "head", "options"])
def test_looking_changes_nothing(client, url, verb):
    before = ConsentEvent.objects.count()
    getattr(client, verb)(url)
    assert ConsentEvent.objects.count() == before
    assert not Preference.objects.exists()


@pytest.mark.parametrize("change", ["x", ".", "A"])
def test_an_altered_link_opens_nothing(client, url, point, change):
    middle = len(url) - 20
    broken = url[:middle] + change + url[middle + 1 :]
    answer = client.post(broken, {"nothing": "1"})
    assert broken == url or answer.status_code == 404
    assert broken == url or states(point) == {"news": "granted"}


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
