"""What the editor refuses, and where it says so."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from crm_plugin import models
from crm_plugin.campaigns.models import Campaign
from tests import factories


@pytest.fixture
def marketer(role, client):
    user = role("marketer")
    client.force_login(user)
    return user


def rich(text):
    block = {"key": "a", "text": text, "type": "unstyled", "depth": 0}
    extra = {"inlineStyleRanges": [], "entityRanges": []}
    return json.dumps({"blocks": [{**block, **extra}], "entityMap": {}})


def posted(*, subject="Hello", text="Welcome", sender=None, **values):
    body = streamfield([("text", rich(text))])
    version = {"subject": subject, "preheader": "", "language": "ja", "body": body}
    return nested_form_data(
        {
            "name": "Autumn",
            "topic": factories.TopicFactory().pk,
            "sender": (sender or factories.SenderFactory()).pk,
            "goal": "booking",
            "goal_days": 30,
            "lesson": "",
            "versions": inline_formset([version]),
            "action-publish": "1",
            **values,
        }
    )


def add(client, data):
    return client.post(reverse("crm_campaign:add"), data)


def test_a_campaign_is_written_and_published(client, marketer):
    response = add(client, posted(text="{{ salutation }}"))
    assert response.status_code == 302
    campaign = models.Campaign.objects.get()
    assert campaign.live
    assert campaign.versions.get().arm == "A"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"subject": "{{ contact.shoe_size }}"}, "There is no merge tag"),
        ({"text": "{{ contact.shoe_size }}"}, "There is no merge tag"),
        ({"text": "{% load x %}"}, "is not a merge tag"),
        ({"subject": ""}, "This field is required"),
    ],
)
def test_a_mistake_is_said_beside_its_field(client, marketer, values, said):
    response = add(client, posted(**values))
    assert response.status_code == 200
    assert said in response.content.decode()
    assert not models.Campaign.objects.exists()


def test_a_sender_without_the_legal_facts_is_refused(client, marketer):
    sender = factories.SenderFactory(postal_address=" ")
    response = add(client, posted(sender=sender))
    assert "lacks: postal address" in response.content.decode()


def test_a_segment_cannot_be_sent_to_and_excluded(client, marketer):
    segment = factories.SegmentFactory(name="Lunch guests")
    both = {"include_segments": [segment.pk], "exclude_segments": [segment.pk]}
    response = add(client, posted() | both)
    assert "cannot be sent to and excluded" in response.content.decode()


def test_two_versions_in_one_language_are_refused(client, marketer):
    body = streamfield([("text", rich("x"))])
    version = {"subject": "x", "preheader": "", "language": "ja", "body": body}
    data = posted() | nested_form_data({"versions": inline_formset([version, version])})
    assert add(client, data).status_code == 200
    assert not models.Campaign.objects.exists()


def test_segments_are_offered_with_their_size(client, marketer):
    factories.SegmentFactory(name="Lunch guests", size=1234)
    said = client.get(reverse("crm_campaign:add")).content.decode()
    assert "Lunch guests – 1,234 contacts" in said


def test_an_unpublished_segment_is_offered_only_where_it_is_chosen(client, marketer):
    draft = factories.SegmentFactory(name="Lunch guests", live=False)
    campaign = factories.CampaignFactory()
    campaign.include_segments = [draft]
    campaign.save()
    edit = reverse("crm_campaign:edit", args=[campaign.pk])
    form = client.get(edit).context["form"]
    assert "Lunch guests (not published" in str(form["include_segments"])
    assert "Lunch guests" not in str(form["exclude_segments"])


@pytest.mark.parametrize("may", [True, False])
def test_a_segment_can_be_made_beside_the_campaign_by_who_may(client, marketer, may):
    if not may:
        rights = Permission.objects.filter(codename="add_segment")
        marketer.groups.get().permissions.remove(*rights)
    said = client.get(reverse("crm_campaign:add")).text
    link = f'href="{reverse("crm_segment:add")}" target="_blank"'
    assert (link in said) is may
    assert "crm_plugin/campaigns/new_segment.js" in said


def test_no_edit_made_right_after_opening_is_lost(client, marketer):
    said = client.get(reverse("crm_campaign:add")).content.decode()
    assert "crm_plugin/ui/edits.js" in said


def test_the_usual_sender_and_topic_are_chosen_already(client, marketer):
    sender, topic = factories.SenderFactory(), factories.TopicFactory()
    form = client.get(reverse("crm_campaign:add")).context["form"]
    assert form["sender"].value() == sender.pk
    assert form["topic"].value() == topic.pk


def test_the_editor_lists_the_merge_tags(client, marketer):
    assert (
        "{{ salutation }}" in client.get(reverse("crm_campaign:add")).content.decode()
    )


def test_an_edit_after_publishing_waits_for_the_next_publication(client, marketer):
    add(client, posted(text="FIRST"))
    campaign = models.Campaign.objects.get()
    version = campaign.versions.get()
    body = streamfield([("text", rich("SECOND"))])
    changed = {
        "id": version.pk,
        "subject": "x",
        "preheader": "",
        "language": "ja",
        "body": body,
    }
    data = posted() | nested_form_data(
        {"versions": inline_formset([changed], initial=1)}
    )
    data.pop("action-publish")
    client.post(reverse("crm_campaign:edit", args=[campaign.pk]), data)
    campaign.refresh_from_db()
    assert campaign.has_unpublished_changes
    said = client.get(reverse("crm_campaign:send", args=[campaign.pk])).content.decode()
    assert "newer changes that are not published" in said
    letter = client.get(reverse("crm_campaign:letter", args=[campaign.pk]))
    assert b"FIRST" in letter.content


def test_revisions_can_be_compared_and_history_is_kept(client, marketer):
    add(client, posted())
    campaign = models.Campaign.objects.get()
    path = reverse("crm_campaign:history", args=[campaign.pk])
    assert client.get(path).status_code == 200
    assert campaign.revisions.count() == 1


def test_a_draft_that_saved_itself_before_it_was_named_can_be_told_apart():
    assert str(Campaign(name="")) == "(no name yet)"
