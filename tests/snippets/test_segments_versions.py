"""However a version of a segment comes into force, its members follow the new rule."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from wagtail.models import (
    GroupApprovalTask,
    Workflow,
    WorkflowContentType,
    WorkflowTask,
)
from wagtail.users.models import UserProfile

from crm_plugin import queue
from crm_plugin.models import Segment
from crm_plugin.segments import schemes
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.snippets.test_segments import form

pytestmark = pytest.mark.django_db
OFTEN = condition("uses", how="at_least", number=2, when="last", days=30)


def in_language(*codes):
    return [condition("language", languages=list(codes))]


@pytest.fixture
def segment(client, owner):
    """Of those who read Japanese once, of those who read English now."""
    client.force_login(owner)
    made = factories.SegmentFactory(name="Readers", rule=in_language("ja"))
    made.save_revision(user=owner).publish()
    made.rule = in_language("en")
    made.save_revision(user=owner).publish()
    return made


def post(client, segment, **more):
    """The editor says Japanese; English stays in force as long as nobody agrees."""
    url = reverse("crm_segment:edit", args=[segment.pk])
    sent = client.post(url, form(("language", {"languages": "ja"}), **more))
    assert sent.status_code == 302
    segment.refresh_from_db()


def by_schedule(client, segment):
    tomorrow = timezone.localtime() + dt.timedelta(days=1)
    at = tomorrow.strftime("%Y-%m-%d %H:%M")
    post(client, segment, **{"go_live_at": at, "action-publish": "1"})
    assert segment.rule[0].value["languages"] == ["en"]
    with time_machine.travel(tomorrow + dt.timedelta(hours=1)):
        call_command("publish_scheduled")


def by_restoring(client, segment):
    first = segment.revisions.order_by("pk").first()
    url = reverse("crm_segment:revisions_revert", args=[segment.pk, first.pk])
    shown = client.get(url).context["form"].instance
    assert shown.rule[0].value["languages"] == ["ja"]
    post(client, segment, revision=first.pk, **{"action-publish": "1"})


def by_workflow(client, segment):
    flow = Workflow.objects.create(name="Two pairs of eyes")
    task = GroupApprovalTask.objects.create(name="Look")
    task.groups.add(Group.objects.first())
    WorkflowTask.objects.create(workflow=flow, task=task, sort_order=1)
    kind = ContentType.objects.get_for_model(Segment)
    WorkflowContentType.objects.create(workflow=flow, content_type=kind)
    post(client, segment, **{"action-submit": "1"})
    assert segment.rule[0].value["languages"] == ["en"]
    state = segment.current_workflow_task_state
    url = reverse("crm_segment:workflow_action", args=[segment.pk, "approve", state.pk])
    client.post(url, {"comment": ""})


@pytest.mark.parametrize("way", [by_schedule, by_restoring, by_workflow])
def test_the_members_follow_the_rule_that_came_into_force(client, segment, way):
    english, japanese = (factories.ContactFactory(language=c) for c in ("en", "ja"))
    queue.run_due("segment")
    inside = segment.memberships.filter(left_at=None)
    assert [stay.contact for stay in inside] == [english]
    way(client, segment)
    queue.run_due("segment")
    assert [stay.contact for stay in inside.all()] == [japanese]


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("en", "language: 日本語", "at least 2 uses"),
        ("ja", "日本語", "2回以上"),
    ],
)
def test_two_versions_are_compared_as_sentences_in_the_language_of_the_reader(
    client, owner, segment, language, before, after
):
    UserProfile.objects.update_or_create(
        user=owner, defaults={"preferred_language": language}
    )
    segment.rule = [OFTEN]
    segment.save_revision(user=owner)
    one, _two, three = segment.revisions.order_by("pk").values_list("pk", flat=True)
    url = reverse("crm_segment:revisions_compare", args=[segment.pk, one, three])
    page = client.get(url).text
    assert "at_least" not in page
    old, _mark, new = page.partition("<dd>")[2].partition("<dd>")
    assert 'class="deletion"' in old
    assert before in old
    assert 'class="addition"' in new
    assert after in new.replace("</span>", "").replace('<span class="addition">', "")


def test_versions_that_ask_the_same_are_not_told_to_differ(client, owner, segment):
    segment.description = "another description"
    segment.save_revision(user=owner)
    two, three = segment.revisions.order_by("-pk").values_list("pk", flat=True)[:2]
    url = reverse("crm_segment:revisions_compare", args=[segment.pk, three, two])
    page = client.get(url).text
    assert "another description" in page
    assert "comparison__list" not in page


@pytest.mark.parametrize("screen", ["usage", "history", "unpublish"])
def test_its_screens_call_a_segment_what_the_reader_calls_it(client, owner, screen):
    UserProfile.objects.create(user=owner, preferred_language="ja")
    classes = [{"key": "best", "name": "Best customers", "name_ja": "優良のお客様"}]
    made = schemes.create("rfm", "RFM", classes=classes, by=owner)
    client.force_login(owner)
    best = made.classes.get(key="best")
    page = client.get(reverse(f"crm_segment:{screen}", args=[best.pk])).text
    assert "優良のお客様" in page
    assert "Best customers" not in page
