"""New campaigns from what there is: a copy, or a draft for the people of a segment."""

import uuid
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from crm_plugin.consents.models import Consent, Topic
from crm_plugin.delivery.models import Sender
from crm_plugin.segments import membership
from crm_plugin.segments.models import Segment

from .audience import CHANNEL
from .models import Campaign, Version


class NothingToSendWith(Exception):
    """There is no sender or no topic yet; somebody must set one up first."""


def copy_of(campaign: Campaign) -> Campaign:
    """An unsaved campaign with the text and plan of another one."""
    copy = Campaign(
        uuid=uuid.uuid4(),
        name=_("%(name)s (copy)") % {"name": campaign.name},
        topic=campaign.topic,
        sender=campaign.sender,
        goal=campaign.goal,
        goal_days=campaign.goal_days,
        live=False,
    )
    copy.include_segments = list(campaign.include_segments.all())
    copy.exclude_segments = list(campaign.exclude_segments.all())
    copy.versions = [
        Version(
            arm=version.arm,
            language=version.language,
            subject=version.subject,
            preheader=version.preheader,
            body=version.body,
        )
        for version in campaign.versions.all()
    ]
    return copy


@transaction.atomic
def draft_for(segment: Segment, *, by: Any) -> Campaign:
    """A draft to the members of *segment*, with a first sentence to write on from.

    Its topic is the one that most of them agreed to. Nothing is sent: somebody writes
    it, publishes it and launches it. Raises
    ``NothingToSendWith`` when the installation has no sender or no active topic.
    """
    sender = Sender.objects.order_by("-is_default", "pk").first()
    topic = topic_for(segment)
    if sender is None or topic is None:
        raise NothingToSendWith
    language = settings.LANGUAGE_CODE
    with override(language):
        campaign = Campaign(
            name=_("For: %(segment)s") % {"segment": segment},
            topic=topic,
            sender=sender,
            goal=Campaign.Goal.USE,
            live=False,
        )
        campaign.include_segments = [segment]
        campaign.versions = [_first_words(language)]
    campaign.save()
    campaign.save_revision(user=by, log_action="wagtail.create")
    return campaign


def topic_for(segment: Segment) -> Topic | None:
    """The active topic to which most members agreed, else the first; one query."""
    agreed = Q(
        consents__state=Consent.State.GRANTED,
        consents__point__kind=CHANNEL,
        consents__point__contact__in=membership.members([segment.pk]),
    )
    members = Count("consents__point__contact", filter=agreed, distinct=True)
    topics = Topic.objects.filter(active=True).annotate(agreed=members)
    return topics.order_by("-agreed", "order", "name").first()


def _first_words(language: str) -> Version:
    hello = _("Thank you for visiting us.")
    return Version(
        language=language,
        subject=_("We would be glad to see you again"),
        body=[{"type": "text", "value": f"<p>{{{{ salutation }}}}</p><p>{hello}</p>"}],
    )
