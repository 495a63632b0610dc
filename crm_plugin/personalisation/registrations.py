"""What this room tells the registries."""

from django.core.signals import request_finished

from crm_plugin.contacts import links

from . import member_links, member_messages, members, reading  # noqa: F401
from .models import MemberView

links.register(MemberView, "contact")
request_finished.connect(reading.write_down, dispatch_uid="crm-visits")
