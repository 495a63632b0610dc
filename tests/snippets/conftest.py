import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.urls import reverse
from wagtail.models import (
    GroupApprovalTask,
    Workflow,
    WorkflowContentType,
    WorkflowTask,
)
from wagtail.test.utils.form_data import nested_form_data, streamfield

from crm_plugin.models import Segment
from tests import factories

from .rule_editor import form, opened, typed


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def login(client):
    """The test client, signed in as *user*."""

    def make(user):
        client.force_login(user)
        return client

    return make


@pytest.fixture
def staff(role, login):
    """The test client, signed in as a member of staff."""
    return login(role("staff"))


@pytest.fixture
def moderated(db):
    """Segments are approved by the owners."""
    workflow = Workflow.objects.create(name="Approval")
    task = GroupApprovalTask.objects.create(name="Owner")
    task.groups.add(*Group.objects.all())
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
    WorkflowContentType.objects.create(
        workflow=workflow, content_type=ContentType.objects.get_for_model(Segment)
    )


@pytest.fixture
def inquiry(contact):
    """An open inquiry with her own words."""
    factories.SenderFactory()
    touchpoint = factories.TouchpointFactory(
        contact=contact,
        kind="inquiry",
        channel="web",
        summary="Catering for 20",
        body="Do you cater for twenty people?",
        page_title="Contact us",
    )
    return factories.InquiryFactory(
        contact=contact, touchpoint=touchpoint, reply_to="hanako@mail.example"
    )


@pytest.fixture
def url():
    return lambda name, *args: reverse(name, args=args)


@pytest.fixture
def service(db):
    """Eight seats, on Wednesdays at 18:00."""
    factories.SenderFactory()
    service = factories.ServiceFactory(duration_minutes=90)
    factories.SlotFactory(service=service, starts=dt.time(18, 0))
    return service


@pytest.fixture
def post_back(client, owner):
    """Open the editor of a segment and save what stands there: ``(opened, answer)``."""
    client.force_login(owner)

    def post(segment, *, without=(), **extra):
        url = reverse("crm_segment:edit", args=[segment.pk])
        editor = opened(client.get(url))
        state = [line for line in editor.state if line["type"] not in without]
        rule = nested_form_data({"rule": typed(state) or streamfield([])})
        return editor, client.post(url, {**form(), **rule, **extra})

    return post
