"""The campaigns whose texts name an attribute, drafts included."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_plugin.contacts import usage
from crm_plugin.contacts.models import AttributeDefinition

from .models import Campaign, Version


@usage.source
def campaigns(definition: AttributeDefinition, user: Any) -> Iterator[usage.Place]:
    tag = usage.tag_pattern(definition)
    texts = Version.objects.annotate(text=Cast("body", TextField())).filter(
        Q(subject__regex=tag) | Q(preheader__regex=tag) | Q(text__regex=tag)
    )
    draft = Cast("latest_revision__content", TextField())
    rows = Campaign.objects.annotate(draft=draft).filter(
        Q(pk__in=texts.values("campaign_id")) | Q(draft__regex=tag)
    )
    may_see = user is not None and user.has_perm("crm_plugin.view_campaign")
    for campaign in rows.order_by("pk"):
        url = reverse("crm_campaign:edit", args=[campaign.pk]) if may_see else ""
        yield usage.Place(_("campaign"), str(campaign) if may_see else "", url)
