"""The mail with a link to a members' page."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from crm_plugin.delivery.messages import Kind, register

register(
    Kind(
        "members_link",
        gettext_noop("Link to a members' page"),
        gettext_noop("Your link to our page for members"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "Here is the link you asked for. It works for 24 hours:\n"
            "{{ members_url }}\n\n"
            "If you did not ask for it, please ignore this message."
        ),
        {"members_url": _("Open the page"), "business": _("business name")},
    )
)
