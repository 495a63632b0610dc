"""A segment that stands still says so in the list, on its page and in the editor."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail import hooks
from wagtail.users.models import UserProfile

from crm_plugin.models import Segment
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh
from tests import factories

from .test_segments import file_of, form

pytestmark = pytest.mark.django_db
WORDS = "Stands still since "
WHY = "The topic “news” is gone"


@pytest.fixture
def still(db):
    segment = factories.SegmentFactory(
        name="Readers", rule=[condition("consent", topic="news", state="granted")]
    )
    segment.save_revision().publish()
    Segment.objects.update(frozen_at=timezone.now())
    segment.refresh_from_db()
    return segment


def pages(segment):
    edit, members = (
        reverse(f"crm_segment:{name}", args=[segment.pk])
        for name in ("edit", "inspect")
    )
    return reverse("crm_segment:list"), edit, members


def test_it_is_said_wherever_the_segment_is_seen(client, owner, still):
    client.force_login(owner)
    for url in pages(still):
        text = client.get(url).text
        assert WORDS in text, url
        assert "Correct the rule and publish it" in text, url
        assert WHY in text, url


def test_the_list_as_a_file_says_so_too(client, owner, still):
    factories.SegmentFactory(name="Moving")
    client.force_login(owner)
    headings, *rows = file_of(client)
    rows = [dict(zip(headings, cells, strict=True)) for cells in rows]
    told = {row["Name"]: row for row in rows}
    assert WHY in told["Readers"]["Why it stands still"]
    assert told["Readers"]["Stands still since"]
    assert not told["Moving"]["Why it stands still"]
    assert not told["Moving"]["Stands still since"]


def test_in_japanese_too(client, owner, still):
    UserProfile.objects.create(user=owner, preferred_language="ja")
    client.force_login(owner)
    for url in pages(still):
        text = client.get(url).text
        assert "更新が止まっています" in text, url
        assert "条件を直して公開" in text, url


def test_the_editor_tells_of_the_rule_in_force_until_another_is_published(
    client, owner, still
):
    still.rule = [condition("language", languages=["en"])]
    still.save_revision()
    client.force_login(owner)
    url = reverse("crm_segment:edit", args=[still.pk])
    assert WHY in client.get(url).text
    still.latest_revision.publish()
    refresh(Segment.objects.get(pk=still.pk))
    for url in pages(still):
        assert WORDS not in client.get(url).text


def test_one_that_is_not_in_force_stands_nowhere(client, owner, still):
    Segment.objects.update(live=False)
    client.force_login(owner)
    for url in pages(still):
        assert WORDS not in client.get(url).text


def test_many_that_stand_still_cost_the_list_no_query_each(client, owner, still):
    client.force_login(owner)
    url = reverse("crm_segment:list")
    counts = []
    for number in (2, 10):
        for _more in range(number):
            rule = [condition("consent", topic="news", state="granted")]
            factories.SegmentFactory(rule=rule, frozen_at=timezone.now())
        with CaptureQueriesContext(
            connection,
        ) as asked:
            text = client.get(url).text
        assert text.count(WORDS) > number
        counts.append(len(asked))
    assert counts[0] == counts[1]


BLANK = dict.fromkeys(("days", "days_to", "from_on", "to_on"), "")
ASKS = ("segment", {"segment": "other", "state": "in", "when": "ever", **BLANK})
WAY = "would rest on itself, by way of: Other"


@pytest.fixture
def closing():
    """Another rule comes in force once the form was looked at, and a circle closes."""
    segment = factories.SegmentFactory(key="mine", name="Mine", rule=[])
    segment.save_revision().publish()
    factories.SegmentFactory(key="other", name="Other", rule=[])

    def close(_request, _segment):
        other = Segment.objects.get(key="other")
        other.rule = [condition("segment", segment="mine")]
        other.save()

    with hooks.register_temporarily("before_publish", close):
        yield segment


def test_a_circle_that_closes_meanwhile_leaves_what_was_typed_as_a_draft(
    client, owner, closing
):
    client.force_login(owner)
    url = reverse("crm_segment:edit", args=[closing.pk])
    said = form(ASKS, **{"action-publish": "1"})
    answer = client.post(url, {**said, "name": "Renamed"}, follow=True)
    assert answer.redirect_chain == [(url, 302)]
    assert "It was saved as a draft and not published" in answer.text
    assert WAY in answer.text
    closing.refresh_from_db()
    assert (closing.name, list(closing.rule)) == ("Mine", [])
    draft = closing.get_latest_revision_as_object()
    assert draft.name == "Renamed"
    assert draft.rule[0].value["segment"] == "other"


def test_a_new_segment_that_is_refused_is_a_draft_and_there_once(
    client, owner, monkeypatch
):
    monkeypatch.setattr(
        "crm_plugin.segments.models.guards.guards", [lambda _draft: "In the way."]
    )
    client.force_login(owner)
    said = form(dated_use(), **{"action-publish": "1"})
    answer = client.post(reverse("crm_segment:add"), said, follow=True)
    segment = Segment.objects.get()
    assert not segment.live
    assert answer.redirect_chain == [
        (reverse("crm_segment:edit", args=[segment.pk]), 302)
    ]
    assert "not published: In the way." in answer.text
    assert "was created" not in answer.text


def dated_use():
    return ("last_use", {**BLANK, "when": "last", "days": "30"})


def test_what_is_refused_while_it_is_approved_waits_for_approval(
    client,
    owner,
    moderated,
    monkeypatch,
):
    client.force_login(owner)
    said = form(dated_use(), **{"action-submit": "1"})
    client.post(reverse("crm_segment:add"), said)
    segment = Segment.objects.get()
    monkeypatch.setattr(
        "crm_plugin.segments.models.guards.guards", [lambda _draft: "In the way."]
    )
    task = segment.current_workflow_task_state
    args = [segment.pk, "approve", task.pk]
    url = reverse("crm_segment:workflow_action", args=args)
    assert "because of its rule: In the way." in client.post(url, follow=True).text
    segment.refresh_from_db()
    assert not segment.live
    assert segment.current_workflow_task_state == task
    edit = reverse("crm_segment:edit", args=[segment.pk])
    said = form(dated_use(), **{"action-workflow-action": "1"})
    said |= {"workflow-action-name": "approve"}
    assert "not published: In the way." in client.post(edit, said, follow=True).text
    segment.refresh_from_db()
    assert not segment.live
    assert segment.current_workflow_state.status == "in_progress"
