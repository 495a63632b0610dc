"""From where a first record can come, beside the channels of a conversation."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.TextChoices):
    """What staff hold in their hands when they add somebody."""

    BUSINESS_CARD = "business_card", _("business card")
    NEW_YEAR_CARD = "new_year_card", _("New Year card")
    MEMBER_CARD = "member_card", _("member card")
    NEWSLETTER = "newsletter", _("newsletter sign-up")
    FAIR = "fair", _("event or fair")
    INTRODUCTION = "introduction", _("introduced by someone")
