"""Campaigns that were already sent, so that results have something to show."""

import datetime as dt
import random
import uuid

from django.contrib.auth.models import User
from django.test import override_settings
from django.utils import timezone

from crm_plugin import merge_tags, queue
from crm_plugin import models as m
from crm_plugin.campaigns import launch
from example.models import BookingPage

SENT = [
    ("初夏の献立", 140, []),
    ("お盆の営業と夏の小皿", 100, []),
    ("また来てくださいね", 45, ["came-once"]),
    ("きのこの季節です", 12, ["lunch-guests", "dinner-guests"]),
]


def build_campaigns(rng: random.Random) -> None:
    """Write and launch each one for real; its handing over is only said to be past."""
    marketer = User.objects.get(username="marketer")
    with override_settings(CRM_LAUNCH_GRACE_SECONDS=0):
        for name, days_ago, segments in SENT:
            campaign = _campaign(name, segments)
            mailing = launch.launch(campaign, by=marketer, key=uuid.uuid4())
            queue.run_due("launch", seconds=60)
            _hand_over(mailing, timezone.now() - dt.timedelta(days=days_ago))
            _clicks(rng, mailing)
    _draft()


def _campaign(name: str, segments: list[str]) -> m.Campaign:
    campaign = m.Campaign(
        name=name,
        topic=m.Topic.objects.get(key="newsletter"),
        sender=m.Sender.objects.get(name="Hinata"),
        live=False,
    )
    campaign.include_segments = list(m.Segment.objects.filter(key__in=segments))
    campaign.versions = [
        m.Version(language="ja", subject=f"【ひなた】{name}", body=_body(name))
    ]
    campaign.save()
    campaign.save_revision().publish()
    campaign.refresh_from_db()
    return campaign


def _body(name: str) -> list[dict]:
    booking = BookingPage.objects.filter(locale__language_code="ja").first()
    greeting = "<p>{{ salutation }}</p>"
    return [
        {"type": "heading", "value": name},
        {
            "type": "text",
            "value": f"{greeting}<p>いつもありがとうございます。季節の献立が変わりました。</p>",
        },
        _personal(),
        {
            "type": "button",
            "value": {"label": "席を予約する", "page": booking.pk, "url": ""},
        },
    ]


def _personal() -> dict:
    ids = dict(m.Segment.objects.values_list("key", "id"))
    lunch = {
        "type": "text",
        "value": "<p><b>今週の昼:</b>きのこの土鍋ごはん定食 1,480円</p>",
    }
    dinner = {
        "type": "text",
        "value": "<p><b>今夜:</b>季節の小皿三品と地酒 1,800円</p>",
    }
    news = {
        "type": "text",
        "value": "<p>年末年始は12月30日から1月4日までお休みです。</p>",
    }
    variants = [("lunch-guests", [lunch, dinner]), ("dinner-guests", [dinner, lunch])]
    return {
        "type": "personalised",
        "value": {
            "variants": [
                {"include": [ids[key]], "exclude": [], "content": content}
                for key, content in variants
            ],
            "default": [news],
        },
    }


def _hand_over(mailing: m.Mailing, at: dt.datetime) -> None:
    """What the worker would have written, without a mail server."""
    rows = list(mailing.deliveries.filter(state="pending"))
    said = merge_tags.values_for(
        [row.contact_id for row in rows], ["salutation"], language="ja"
    )
    for row in rows:
        row.values = said[row.contact_id]
        row.state, row.attempts = m.Delivery.State.SENT, 1
        row.sent_at = row.handed_at = row.not_before = at
        row.message_id = f"<{row.public_id.hex}.1@hinata.example>"
    fields = [
        "values",
        "state",
        "attempts",
        "sent_at",
        "handed_at",
        "not_before",
        "message_id",
    ]
    m.Delivery.objects.bulk_update(rows, fields, batch_size=100)
    m.Mailing.objects.filter(pk=mailing.pk).update(
        state="finished", launched_at=at, starts_at=at, finished_at=at
    )


def _clicks(rng: random.Random, mailing: m.Mailing) -> None:
    """Some people click within two days, some scanners within a second."""
    rows = mailing.deliveries.filter(state="sent").select_related("rendering")
    responses = []
    for delivery in rows.prefetch_related("rendering__links"):
        link = next(iter(delivery.rendering.links.all()), None)
        chance = rng.random()
        if link is None or chance > 0.26:
            continue
        machine = chance > 0.18
        wait = (
            dt.timedelta(seconds=1)
            if machine
            else dt.timedelta(minutes=rng.randint(3, 2800))
        )
        responses.append(
            m.Response(
                delivery=delivery, kind="click", link=link, machine=machine,
                at=delivery.sent_at + wait,
            )
        )  # fmt: skip
    m.Response.objects.bulk_create(responses)


def _draft() -> None:
    campaign = _campaign("冬の小皿(下書き)", ["dinner-guests"])
    campaign.unpublish()
