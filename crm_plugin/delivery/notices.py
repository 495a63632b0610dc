"""Telling a member of staff that an answer is owed: a link, and nothing personal.

The mail names the reference, the page and the time; who wrote what stands behind the
login. Whether the person may read inquiries is asked at that moment.
"""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, override
from wagtail.users.models import UserProfile

from crm_plugin.conf import CrmSettings
from crm_plugin.touchpoints import inquiries
from crm_plugin.touchpoints.models import Inquiry

from . import links
from .messages import REFERENCE, Kind, register
from .models import Delivery
from .post import default_sender, post

KIND = "inquiry_notice"

register(
    Kind(
        KIND,
        gettext_noop("To staff: an inquiry came in"),
        gettext_noop("New inquiry {{ reference }}"),
        gettext_noop(
            "An inquiry came in. Its reference number is {{ reference }}.\n\n"
            "It was written on the page “{{ page }}”.\n\n"
            "An answer is owed by {{ answer_by }}.\n\n"
            "{{ inquiry_url }}\n\n"
            "Who wrote, and what, stands there only."
        ),
        {
            **REFERENCE,
            "page": _("title of the page"),
            "answer_by": _("when the answer comes"),
            "inquiry_url": _("Open the inquiry"),
        },
    )
)


def announce(inquiry: Inquiry) -> Delivery | None:
    """Tell its owner, else who looks after the contact, else the shop; once each.

    None where nobody can be told.
    """
    for user in (inquiry.owner, inquiry.contact.owner):
        if user is not None and may_be_told(user):
            return _post(inquiry, user.email, language_of(user), who=f"u{user.pk}")
    address = shop_address()
    return _post(inquiry, address, "", who="shop") if address else None


def handed_over(inquiry: Inquiry, *, by: Any) -> Delivery | None:
    """Tell its new owner, unless they took it themselves."""
    owner = inquiry.owner
    if owner is None or owner == by or not may_be_told(owner):
        return None
    return _post(inquiry, owner.email, language_of(owner), who=f"u{owner.pk}")


def may_be_told(user: Any) -> bool:
    """Whether *user* has an address and may read inquiries, now."""
    return bool(
        user.is_active and user.email and user.has_perm("crm_plugin.view_inquiry")
    )


def shop_address() -> str:
    """Where nobody in particular answers."""
    sender = default_sender()
    own = CrmSettings.load().notices_to
    return own or (sender.reply_to or sender.from_email if sender else "")


def language_of(user: Any) -> str:
    """The language of this person's admin."""
    profile = UserProfile.objects.filter(user=user).first()
    return (profile.preferred_language if profile else "") or settings.LANGUAGE_CODE


def _post(inquiry: Inquiry, address: str, language: str, *, who: str) -> Delivery:
    language, touchpoint = language or settings.LANGUAGE_CODE, inquiry.touchpoint
    with override(language):
        answer_by = inquiries.by_when(inquiry.due_at)
    return post(
        KIND,
        contact=None,
        address=address,
        context={
            "reference": inquiry.reference,
            "business": CrmSettings.load().business_name,
            "page": touchpoint.page_title if touchpoint else "",
            "answer_by": answer_by,
            "inquiry_url": links.in_admin(inquiry.get_admin_url()),
        },
        key=f"notice:{inquiry.pk}:{who}",
        language=language,
    )
