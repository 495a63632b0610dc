"""What this room tells the registries."""

from django.apps import apps
from django.core.signals import request_finished
from django.db.models.signals import post_delete, post_save
from wagtail.models import ReferenceIndex

from crm_plugin.contacts import links
from crm_plugin.segments.models import Segment

from . import (
    member_links,  # noqa: F401
    member_messages,  # noqa: F401
    members,  # noqa: F401
    picks,
    reading,
    visit_segments,
)
from .models import MemberView, PromotedFor
from .promoted import forget_pick

links.register(MemberView, "contact")
request_finished.connect(reading.write_down, dispatch_uid="crm-visits")
# So that a segment says where it is in use, and cookies know that it is.
ReferenceIndex.register_model(PromotedFor)
for signal in (post_save, post_delete):
    signal.connect(visit_segments.forget, sender=Segment, dispatch_uid="crm-visit-of")
if picks.installed():
    sender = apps.get_model(picks.MODEL)
    post_delete.connect(forget_pick, sender=sender, dispatch_uid="crm-promoted")
