"""Nobody who reads a mail visits: such segments are no audience and choose nothing."""

import uuid

import pytest
from django.urls import reverse

from crm_plugin import queue
from crm_plugin.campaigns import compose
from crm_plugin.campaigns.launch import launch
from crm_plugin.campaigns.problems import problems_of
from crm_plugin.personalisation.variants import Member
from crm_plugin.segments.ready_made import condition
from tests.factories import SegmentFactory

from .conftest import make_campaign, personalised, text
from .test_editor import add, posted


@pytest.fixture
def evening(db):
    rule = [condition("visit_time", from_time="00:00", to_time="23:59")]
    return SegmentFactory(key="evening", name="Evening", rule=rule)


@pytest.fixture
def campaign(lunch, evening):
    block = personalised(
        ([evening], [], [text("EVENING only")]),
        ([lunch], [evening], [text("LUNCH by day")]),
        ([lunch], [], [text("LUNCH at last")]),
        default=[text("the NEWS")],
    )
    return make_campaign([block])


def test_a_variant_that_asks_of_a_visit_is_sent_to_nobody(
    campaign, guest, owner, lunch, settings
):
    settings.CRM_LAUNCH_GRACE_SECONDS = 0
    people = {guest(lunch).pk: "2", guest().pk: "e"}
    mailing = launch(campaign, by=owner, key=uuid.uuid4())
    queue.run_due("launch")
    assert dict(mailing.deliveries.values_list("contact", "variant")) == people


def test_a_preview_chooses_as_the_mailing_does(campaign, lunch, evening):
    body = compose.body_of(compose.content_of(campaign.versions.first()))
    everything = Member(frozenset({lunch.pk, evening.pk}))
    assert compose.picks_for(body, everything) == (2,)
    assert compose.picks_for(body, Member(frozenset({evening.pk}))) == (None,)


@pytest.mark.parametrize("field", ["include_segments", "exclude_segments"])
def test_it_is_no_audience(campaign, evening, field):
    setattr(campaign, field, [evening])
    campaign.save()
    assert any("no members to write to" in text for text in problems_of(campaign))


def test_the_editor_offers_it_for_no_audience_and_says_why(client, role, evening):
    client.force_login(role("marketer"))
    said = client.get(reverse("crm_campaign:add")).content.decode()
    assert "Segments of visits are not offered" in said
    assert "Evening – " not in said
    response = add(client, posted() | {"include_segments": [evening.pk]})
    assert "include_segments" in response.context["form"].errors


def test_the_block_says_that_a_mail_never_chooses_it(evening):
    block = dict(compose._stream().child_blocks)["personalised"]
    field = block.child_blocks["variants"].child_block.child_blocks["include"].field
    labels = [str(label) for _value, label in field.choices]
    assert "Evening (visits: never chosen in a mail)" in labels
