"""Campaigns obey what people chose: how often, pause, language; channel is told."""

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm_plugin import models, queue
from crm_plugin.campaigns import audience
from crm_plugin.campaigns.launch import launch
from crm_plugin.consents import preferences
from crm_plugin.delivery.drain import drain
from tests import factories
from tests.delivery.conftest import sink  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_grace(settings):
    settings.CRM_LAUNCH_GRACE_SECONDS = 0


def chose(contact, **said):
    """What she chose in the preference centre, in her browser."""
    point = contact.points.get(kind="email")
    url = reverse("crm:preferences", args=[preferences.link_token(point)])
    answer = Client().post(url, {"topic": ["newsletter"], **said})
    assert 'class="wrong"' not in answer.content.decode()
    return contact


def had_a_letter(contact, *, days):
    at = timezone.now() - dt.timedelta(days=days)
    factories.DeliveryFactory(
        contact=contact,
        point=contact.points.get(kind="email"),
        agreed=False,
        state="sent",
        handed_at=at,
        sent_at=at,
    )
    return contact


def forecast(campaign):
    return audience.forecast(audience.Plan.of(campaign))


@pytest.mark.usefixtures("sink")
@pytest.mark.parametrize(
    ("said", "days", "held"),
    [
        ({"frequency": "weekly"}, 3, "digest"),
        ({"frequency": "weekly"}, 8, ""),
        ({"frequency": "monthly"}, 20, "digest"),
        ({"frequency": "monthly"}, 31, ""),
        ({"frequency": "every"}, 0, ""),
        ({"frequency": "every", "pause": "30"}, 99, "paused"),
    ],
)
def test_what_was_chosen_is_forecast_and_kept(
    campaign,
    guest,
    owner,
    said,
    days,
    held,
):
    contact = chose(had_a_letter(guest(), days=days), **said)
    told = dict(forecast(campaign).held)
    assert told == ({held: 1} if held else {})
    mailing = launch(campaign, by=owner, key=uuid.uuid4())
    queue.run_due("launch")
    drain()
    row = mailing.deliveries.get(contact=contact)
    assert (row.state, row.reason) == (("skipped", held) if held else ("sent", ""))


def test_the_language_chosen_is_the_version_she_gets(campaign, guest, owner):
    campaign.versions.add(
        models.Version(
            language="en", subject="Autumn", body=campaign.versions.first().body
        )
    )
    campaign.save()
    contact = chose(guest(language="ja"), language="en")
    mailing = launch(campaign, by=owner, key=uuid.uuid4())
    queue.run_due("launch")
    assert mailing.deliveries.get(contact=contact).language == "en"


def test_who_prefers_another_channel_gets_it_and_it_is_told(
    campaign, guest, client, owner
):
    chose(guest(), channel="phone")
    chose(guest(), channel="post")
    chose(guest(), channel="post")
    chose(guest(), channel="email")
    told = forecast(campaign)
    assert told.receive == 4
    assert told.elsewhere == [("phone", 1), ("post", 2)]
    client.force_login(owner)
    page = client.get(reverse("crm_campaign:send", args=[campaign.pk]))
    assert "would rather hear from us by another way" in page.content.decode()


def test_the_send_screen_names_the_digest(campaign, guest, client, owner):
    chose(had_a_letter(guest(), days=1), frequency="weekly")
    client.force_login(owner)
    page = client.get(reverse("crm_campaign:send", args=[campaign.pk]))
    assert "held for the digest" in page.content.decode()
