import uuid

import pytest

from crm_plugin import models
from tests import factories


@pytest.fixture
def lunch(db):
    return factories.SegmentFactory(key="lunch", name="Lunch guests")


@pytest.fixture
def dinner(db):
    return factories.SegmentFactory(key="dinner", name="Dinner guests")


def text(markup):
    return {"type": "text", "value": f"<p>{markup}</p>", "id": str(uuid.uuid4())}


def personalised(*variants, default):
    """The raw value of a personalised block: (include, exclude, blocks) by variant."""
    return {
        "type": "personalised",
        "id": str(uuid.uuid4()),
        "value": {
            "variants": [
                {
                    "type": "item",
                    "id": str(uuid.uuid4()),
                    "value": {
                        "include": [segment.pk for segment in include],
                        "exclude": [segment.pk for segment in exclude],
                        "content": blocks,
                    },
                }
                for include, exclude, blocks in variants
            ],
            "default": default,
        },
    }


def button(label, url):
    value = {"label": label, "page": None, "url": url}
    return {"type": "button", "value": value, "id": str(uuid.uuid4())}


@pytest.fixture
def body(lunch, dinner):
    """Lunch first with dinner as an extra, the reverse, the news for everyone else."""
    return [
        text('Dear {{ salutation | default:"guest" }}'),
        personalised(
            ([lunch], [], [text("LUNCH MENU"), text("dinner as an extra")]),
            ([dinner], [], [text("DINNER MENU"), text("lunch as an extra")]),
            default=[text("NEWS of the shop")],
        ),
        button("Book a table", "https://hinata.example/book/"),
    ]


@pytest.fixture
def campaign(body):
    return make_campaign(body)


def make_campaign(body, **values):
    """A published campaign with one Japanese version, unless said otherwise."""
    include = values.pop("include", [])
    exclude = values.pop("exclude", [])
    subject = values.pop("subject", "{{ contact.family_name | default:'あなた' }}へ")
    defaults = {
        "name": "Autumn",
        "topic": factories.TopicFactory(),
        "sender": factories.SenderFactory(),
        "live": True,
    }
    campaign = models.Campaign(**(defaults | values))
    campaign.include_segments = include
    campaign.exclude_segments = exclude
    campaign.versions = [
        models.Version(language="ja", subject=subject, preheader="秋", body=body)
    ]
    campaign.save()
    return campaign


@pytest.fixture
def guest(campaign):
    """Make a contact who agreed to the topic and is in the segments given."""

    def make(*segments, consent=True, **values):
        contact = factories.ContactFactory(**values)
        point = contact.points.filter(kind="email").first()
        if point is None and values.get("email", "") is not None:
            point = factories.PointFactory(contact=contact)
        if point and consent:
            factories.ConsentFactory(point=point, topic=campaign.topic)
        for segment in segments:
            factories.MembershipFactory(contact=contact, segment=segment)
        return contact

    return make
