import pytest
from django.urls import reverse

from crm_plugin.consents.models import Topic

pytestmark = pytest.mark.django_db


def test_a_marketer_adds_a_topic(client, role):
    client.force_login(role("marketer"))
    answer = client.post(
        reverse("crm_topic:add"),
        {
            "name": "Wine",
            "name_ja": "ワイン",
            "key": "wine",
            "active": "on",
            "order": 5,
        },
    )
    assert answer.status_code == 302
    assert Topic.objects.get(key="wine").name_ja == "ワイン"


def test_staff_cannot_add_topics(client, role):
    client.force_login(role("staff"))
    client.post(reverse("crm_topic:add"), {"name": "Wine", "key": "wine", "order": 5})
    assert not Topic.objects.filter(key="wine").exists()


def test_the_key_of_a_topic_never_changes(client, role):
    topic = Topic.objects.create(key="wine", name="Wine")
    client.force_login(role("marketer"))
    said = {"name": "Wines", "key": "wines", "active": "on", "order": 5}
    answer = client.post(reverse("crm_topic:edit", args=[topic.pk]), said)
    assert "never changes" in answer.content.decode()
    client.post(reverse("crm_topic:edit", args=[topic.pk]), said | {"key": "wine"})
    topic.refresh_from_db()
    assert (topic.key, topic.name) == ("wine", "Wines")
