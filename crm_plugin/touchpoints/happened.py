"""What can have happened between us and a contact: one list for every screen."""

from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from .models import Channel, Touchpoint

Kind, Direction = Touchpoint.Kind, Touchpoint.Direction


class Happened(models.TextChoices):
    """What staff choose; it settles kind, channel and direction of the touchpoint."""

    CALL_IN = "call_in", _("They called us")
    CALL_OUT = "call_out", _("We called them")
    MISSED = "missed", _("We called, not reached")
    VISIT = "visit", _("They came by")
    MEETING = "meeting", _("A web meeting")
    MAIL_IN = "mail_in", _("A mail from them")
    MAIL_OUT = "mail_out", _("A mail from us")
    LINE = "line", _("A talk on LINE")
    SNS = "sns", _("A talk on social media")
    LETTER_IN = "letter_in", _("A letter from them")
    LETTER = "letter", _("We sent a card")
    NEW_YEAR_IN = "new_year_in", _("A New Year card from them")
    NEW_YEAR_OUT = "new_year_out", _("We sent a New Year card")
    COMPLAINT = "complaint", _("A complaint")
    NOTE = "note", _("A note for us")


class Meaning(NamedTuple):
    kind: str
    channel: str
    direction: str


MEANINGS = {
    Happened.CALL_IN: Meaning(Kind.CALL, Channel.PHONE, Direction.BOTH),
    Happened.CALL_OUT: Meaning(Kind.CALL, Channel.PHONE, Direction.BOTH),
    Happened.MISSED: Meaning(Kind.CALL, Channel.PHONE, Direction.OUT),
    Happened.VISIT: Meaning(Kind.VISIT, Channel.SHOP, Direction.BOTH),
    Happened.MEETING: Meaning(Kind.MEETING, Channel.MEETING, Direction.BOTH),
    Happened.MAIL_IN: Meaning(Kind.MAIL_IN, Channel.EMAIL, Direction.IN),
    Happened.MAIL_OUT: Meaning(Kind.MAIL_OUT, Channel.EMAIL, Direction.OUT),
    Happened.LINE: Meaning(Kind.CHAT, Channel.LINE, Direction.BOTH),
    Happened.SNS: Meaning(Kind.CHAT, Channel.SNS, Direction.BOTH),
    Happened.LETTER_IN: Meaning(Kind.LETTER, Channel.POST, Direction.IN),
    Happened.LETTER: Meaning(Kind.POSTCARD, Channel.POST, Direction.OUT),
    Happened.NEW_YEAR_IN: Meaning(Kind.NEW_YEAR, Channel.POST, Direction.IN),
    Happened.NEW_YEAR_OUT: Meaning(Kind.NEW_YEAR, Channel.POST, Direction.OUT),
    Happened.COMPLAINT: Meaning(Kind.COMPLAINT, Channel.PHONE, Direction.IN),
    Happened.NOTE: Meaning(Kind.NOTE, Channel.SHOP, Direction.OUT),
}
