"""What still keeps a campaign from going out, in sentences for its author."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from crm_plugin import merge_tags
from crm_plugin.delivery.markup import BadLink
from crm_plugin.personalisation.blocks import label_of
from crm_plugin.segments.models import Segment

from . import compose

MOST_COMBINATIONS = 200
SENDER_FIELDS = ("from_name", "from_email", "organisation", "postal_address", "contact")


def problems_of(campaign: Any) -> list[str]:
    """Everything that must be mended before a launch; empty when it may go out."""
    found = []
    if not campaign.live:
        found.append(_("The campaign is not published yet."))
    if campaign.expired:
        found.append(_("The campaign has expired."))
    found += sender_problems(campaign.sender)
    found += _segment_problems(campaign)
    versions = list(campaign.versions.all())
    if not versions:
        found.append(_("There is no text yet."))
    if len({version.language for version in versions}) < len(versions):
        found.append(_("Two versions are in the same language."))
    for version in versions:
        found += version_problems(version, campaign)
    return found


def sender_problems(sender: Any) -> list[str]:
    """What the law wants shown in every newsletter and the sender does not say."""
    missing = [
        str(sender._meta.get_field(name).verbose_name)
        for name in SENDER_FIELDS
        if not getattr(sender, name).strip()
    ]
    if not missing:
        return []
    return [
        _("The sender “%(sender)s” lacks: %(fields)s.")
        % {"sender": sender, "fields": ", ".join(missing)}
    ]


def _segment_problems(campaign: Any) -> list[str]:
    chosen = [*campaign.include_segments.all(), *campaign.exclude_segments.all()]
    return [*_switched_off(chosen), *visits_among(chosen)]


def _switched_off(segments: Iterable[Segment]) -> list[str]:
    return [
        _("The segment “%(segment)s” is switched off.") % {"segment": label_of(segment)}
        for segment in segments
        if not segment.in_force
    ]


def visits_among(segments: Iterable[Segment]) -> list[str]:
    """What is wrong with an audience of segments that have no members, in words."""
    text = _("“%(segment)s” is a segment of visits: it has no members to write to.")
    return [
        text % {"segment": label_of(segment)}
        for segment in segments
        if segment.of_visits
    ]


def version_problems(version: Any, campaign: Any) -> list[str]:
    """Empty texts, then what ``content_problems`` finds in every variant."""
    if not version.subject.strip():
        return [_("The subject is empty.")]
    if not len(version.body):
        return [_("The mail is empty.")]
    content = compose.content_of(version)
    return content_problems(content, sender=campaign.sender, topic=campaign.topic)


def missing_segments(mailing: Any) -> list[str]:
    """Which of the frozen segments are no longer in force, in sentences: without one
    that is left out, the mailing would go to whom it must not reach."""
    named = [*mailing.audience["include"], *mailing.audience["exclude"]]
    known = Segment.objects.in_bulk([entry["id"] for entry in named])
    found = (
        [] if len(known) == len(named) else [_("A segment of its audience is gone.")]
    )
    return found + _switched_off(known.values())


def problems_of_mailing(mailing: Any) -> list[str]:
    """What keeps a frozen mailing from being prepared, as far as that can be told."""
    found = missing_segments(mailing)
    for content in mailing.content:
        found += content_problems(content, sender=mailing.sender, topic=mailing.topic)
    return found


def content_problems(content: dict[str, Any], *, sender: Any, topic: Any) -> list[str]:
    """Too many combinations, unknown merge tags and bad links."""
    body = compose.body_of(content)
    if compose.combination_count(body) > MOST_COMBINATIONS:
        return [_("There are too many combinations of variants; use fewer blocks.")]
    try:
        for picks in _each_variant_once(body):
            compose.letter(content, picks, sender=sender, topic=topic)
    except (merge_tags.MergeTagError, BadLink) as error:
        return [str(error)]
    return []


def _each_variant_once(body: Any) -> list[compose.Picks]:
    """Choices of variants in which each variant of each block occurs."""
    counts = [len(value["variants"]) for value in compose.personalised(body)]
    rounds = max(counts, default=0)
    return [
        compose.everyone(body),
        *(tuple(n if n < count else None for count in counts) for n in range(rounds)),
    ]
