"""New campaigns from what there is: a copy, or a draft for the people of a segment."""

import uuid
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from crm_plugin.consents.models import Topic
from crm_plugin.delivery.models import Sender
from crm_plugin.segments.models import Segment

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

    Nothing is sent: somebody writes it, publishes it and launches it. Raises
    ``NothingToSendWith`` when the installation has no sender or no active topic.
    """
    sender = Sender.objects.order_by("-is_default", "pk").first()
    topic = Topic.objects.filter(active=True).first()
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


def _first_words(language: str) -> Version:
    hello = _("Thank you for visiting us.")
    return Version(
        language=language,
        subject=_("We would be glad to see you again"),
        body=[{"type": "text", "value": f"<p>{{{{ salutation }}}}</p><p>{hello}</p>"}],
    )
