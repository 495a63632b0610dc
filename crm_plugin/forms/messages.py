"""The mail with a link that opens a form with what is known."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from crm_plugin.delivery.messages import Kind, register

register(
    Kind(
        "form_link",
        gettext_noop("Link to a form that is filled in"),
        gettext_noop("Your link to our form"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "With this link our form opens with what we know of you. It works for one "
            "hour and is for you alone; please do not pass it on:\n"
            "{{ form_url }}\n\n"
            "If you did not ask for it, please ignore this message."
        ),
        {"form_url": _("Open the form"), "business": _("business name")},
    )
)
