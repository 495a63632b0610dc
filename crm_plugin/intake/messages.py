"""The automatic mail of a newsletter sign-up; the other kinds are the outbox's own."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from crm_plugin.delivery.messages import CONFIRM, REFERENCE, Kind, register

register(
    Kind(
        "sign_up_received",
        gettext_noop("Newsletter sign-up received"),
        gettext_noop("Please confirm your sign-up"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "Thank you for your interest. Your reference number is {{ reference }}.\n\n"
            "{{ confirm_reason }}\n{{ confirm_url }}\n\n"
            "The link works for seven days. If you did not sign up, please ignore "
            "this message: nothing will be sent."
        ),
        {
            **REFERENCE,
            **CONFIRM,
            "message": _("what they wrote"),
            "phone": _("phone"),
            "answer_by": _("when the answer comes"),
        },
    )
)
