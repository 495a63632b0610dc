"""What an edit screen says when the record moved on while somebody was typing."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from wagtail.test.utils.form_data import nested_form_data, streamfield

from crm_plugin.models import Resource, Topic
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.filled import form_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def topic(client, owner):
    client.force_login(owner)
    return Topic.objects.create(key="wine", name="Wine", description="Red")


@pytest.fixture
def segment(client, owner):
    """With its one revision, as the editor leaves it."""
    client.force_login(owner)
    segment = factories.SegmentFactory(name="Lunch guests", live=True)
    segment.save_revision(user=owner)
    return segment


@pytest.fixture
def colleague(segment):
    """The browser of somebody else."""
    browser = Client()
    browser.force_login(User.objects.create_superuser("colleague"))
    return browser


def opened(client, row, name="edit"):
    space = f"crm_{row._meta.model_name}"
    url = reverse(f"{space}:{name}", args=[row.pk])
    form, _typed = form_of(client.get(url).content.decode())

    def send(**typed):
        as_json = {"Accept": "application/json"} if typed.pop("by_itself", 0) else {}
        data = {**form, "rule-count": "0", **typed}
        return client.post(url, data, headers=as_json)

    return send


def test_only_what_was_changed_and_would_be_lost_is_told(client, topic):
    send = opened(client, topic)
    Topic.objects.update(description="White", order=7)
    page = send(name="Wines", order="7")
    assert page.context["theirs"] == [("Description", "White")]


def test_two_who_type_the_same_are_not_troubled(client, topic):
    send = opened(client, topic)
    Topic.objects.update(description="White")
    assert send(description="White").status_code == 302


def test_an_input_that_was_refused_for_itself_is_still_compared_afterwards(
    client, topic
):
    send = opened(client, topic)
    Topic.objects.update(description="White")
    page = send(name="")
    assert page.context["theirs"] == []
    again, _typed = form_of(page.content.decode())
    page = send(**{**again, "name": "Wines"})
    assert page.context["theirs"] == [("Description", "White")]
    topic.refresh_from_db()
    assert topic.name == "Wine"


def test_rows_below_a_record_are_told_in_words(client, owner):
    client.force_login(owner)
    room = Resource.objects.create(name="Room", places=8)
    send = opened(client, room)
    times = {"opens": dt.time(11), "closes": dt.time(22)}
    room.hours.model.objects.create(resource=room, weekday=0, **times)
    ((label, words),) = send(name="Hall").context["theirs"]
    assert label == "Opening hours"
    assert "Monday" in words
    assert "11:00" in words


@pytest.mark.parametrize("said", ["", "[]", "{", '{"name": {}}', "9" * 5_000])
def test_a_digest_of_somebodys_own_making_breaks_nothing(client, topic, said):
    answer = opened(client, topic)(seen=said, name="Wines")
    assert answer.status_code in (200, 302)


def test_what_the_page_saved_by_itself_is_not_somebody_elses(client, segment):
    send = opened(client, segment)
    kept = send(by_itself=1, name="Lunch and dinner").json()
    answer = send(name="Lunch, dinner", overwrite_revision_id=kept["revision_id"])
    assert answer.status_code == 302


def test_a_page_may_send_its_last_words_before_it_hears_that_it_saved(client, segment):
    send = opened(client, segment)
    assert send(by_itself=1, name="Lunch and dinner").json()["success"]
    assert send(name="Lunch, dinner").status_code == 302


def test_a_page_does_not_save_by_itself_over_somebody_elses_words(
    client, segment, colleague
):
    send = opened(client, segment)
    assert opened(colleague, segment)(name="Theirs").status_code == 302
    assert send(by_itself=1, name="Mine").json()["success"] is False
    page = send(name="Mine")
    assert page.context["theirs"] == [("Name", "Theirs")]
    assert page.context["autosave_enabled"] is False


def test_an_older_version_is_brought_back_unless_somebody_saved_since(
    client, segment, colleague
):
    old = segment.latest_revision
    opened(client, segment)(name="Newer")
    url = reverse("crm_segment:revisions_revert", args=[segment.pk, old.pk])
    form, _typed = form_of(client.get(url).content.decode())
    assert opened(colleague, segment)(name="Newest").status_code == 302
    page = client.post(url, {**form, "rule-count": "0"})
    assert page.context["theirs"] == [("Name", "Newest")]
    form, _typed = form_of(page.content.decode())
    assert client.post(url, {**form, "rule-count": "0"}).status_code == 302
    assert segment.get_latest_revision_as_object().name == "Lunch guests"


@pytest.mark.parametrize("languages", ["en", "ja"])
def test_a_record_without_a_version_is_nobody_elses_doing(client, owner, languages):
    """As code and imports make it; the editor writes the same rule in other words."""
    client.force_login(owner)
    rule = [condition("language", languages=["en"]), condition("uses", how="none")]
    segment = factories.SegmentFactory(name="English", live=True, rule=rule)
    send = opened(client, segment)
    empty = dict.fromkeys(("category", "days", "days_to", "from_on", "to_on"), "")
    uses = {"how": "none", "number": "1", "when": "ever", **empty}
    blocks = [("language", {"languages": languages}), ("uses", uses)]
    typed = nested_form_data({"rule": streamfield(blocks)})
    answer = send(**typed, **{"action-publish": "1"})
    assert answer.status_code == 302, answer.context["theirs"]


def test_what_is_saved_without_a_version_is_told_as_well(client, owner):
    client.force_login(owner)
    segment = factories.SegmentFactory(name="English", live=True)
    send = opened(client, segment)
    type(segment).objects.filter(pk=segment.pk).update(name="From Britain")
    page = send(name="From abroad")
    assert page.context["theirs"] == [("Name", "From Britain")]
