from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact, Organisation


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    PHONE = "phone", pgettext_lazy("channel", "phone")
    POST = "post", _("post")
    SHOP = "shop", _("shop")
    WEB = "web", _("web")
    MEETING = "meeting", _("web meeting")
    LINE = "line", "LINE"
    SNS = "sns", _("social media")


class Phase(models.TextChoices):
    MARKETING = "marketing", _("marketing")
    SALES = "sales", pgettext_lazy("phase", "sales")
    SUPPORT = "support", _("support")
    SUCCESS = "success", _("customer success")


class TouchpointQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "TouchpointQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_touchpoint"):
            return self
        return self.none()


class Touchpoint(models.Model):
    """One dated contact between us and them; holds its own copy of what was said."""

    class Kind(models.TextChoices):
        FORM = "form", _("form")
        INQUIRY = "inquiry", _("inquiry")
        COMPLAINT = "complaint", _("complaint")
        FEEDBACK = "feedback", _("feedback")
        CALL = "call", _("call")
        VISIT = "visit", _("visit")
        MEETING = "meeting", _("web meeting")
        MAIL_IN = "mail_in", _("mail received")
        MAIL_OUT = "mail_out", _("mail sent")
        NOTE = "note", _("note")
        CLICK = "click", _("click")
        PAGE = "page", _("page read")
        SEARCH = "search", _("site search")
        CHAT = "chat", _("chat")
        LETTER = "letter", _("letter")
        POSTCARD = "postcard", _("postcard")
        NEW_YEAR = "new_year", _("New Year card")

    class Reason(models.TextChoices):
        """Why somebody called."""

        BOOKING = "booking", _("a booking")
        CHANGE = "change", _("change or cancel")
        QUESTION = "question", _("a question")
        ORDER = "order", _("an order or a purchase")
        COMPLAINT = "complaint", _("a complaint")
        OTHER = "other", _("something else")

    class Result(models.TextChoices):
        """How a call ended, and a search of the site."""

        SETTLED = "settled", _("settled")
        CALL_BACK = "call_back", _("to be called back")
        PASSED_ON = "passed_on", _("passed on")
        NOT_REACHED = "not_reached", _("not reached")
        NOTHING = "nothing", _("nothing found")

    class Direction(models.TextChoices):
        IN = "in", _("from them")
        OUT = "out", _("from us")
        BOTH = "both", _("two-way")

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="touchpoints"
    )
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="touchpoints",
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    direction = models.CharField(_("direction"), max_length=4, choices=Direction)
    phase = models.CharField(_("phase"), max_length=10, choices=Phase, blank=True)
    at = models.DateTimeField(_("at"))
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    body = models.TextField(_("what was said"), blank=True)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason, blank=True)
    result = models.CharField(_("result"), max_length=12, choices=Result, blank=True)
    tags = models.CharField(
        _("tags"),
        max_length=200,
        blank=True,
        help_text=_("Words to find it by, with commas between them."),
    )
    answers = models.JSONField(default=list, blank=True)
    page_id = models.BigIntegerField(null=True, blank=True)
    page_title = models.CharField(max_length=255, blank=True)
    page_url = models.CharField(max_length=500, blank=True)
    revision = models.BigIntegerField(null=True, blank=True)
    stage = models.CharField(max_length=12, blank=True)
    unverified = models.BooleanField(
        _("unverified"),
        default=False,
        help_text=_(
            "Somebody who typed this address; not yet known to be this person."
        ),
    )
    machine = models.BooleanField(_("suspected machine"), default=False)
    key = models.CharField(max_length=80, null=True, unique=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TouchpointQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("touchpoint")
        verbose_name_plural = _("touchpoints")
        indexes = [
            models.Index(fields=["contact", "-at", "-id"], name="crm_touch_story_idx"),
            models.Index(fields=["-at", "-id"], name="crm_touch_newest"),
            # Rules count what people did: these two answer without a look at the row.
            models.Index(
                fields=["kind", "at", "contact", "machine", "unverified"],
                name="crm_touch_kind",
            ),
            models.Index(
                fields=["at", "contact", "machine", "unverified"],
                name="crm_touch_human",
                condition=models.Q(machine=False, unverified=False),
            ),
            models.Index(
                fields=["phase", "at", "contact"],
                name="crm_touch_phase_idx",
                condition=~models.Q(phase=""),
            ),
            models.Index(
                fields=["at", "contact"],
                name="crm_touch_tags_idx",
                condition=~models.Q(tags=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """What it was, in a line: its summary, else its reason, else its kind."""
        if self.kind == self.Kind.PAGE and self.answers:
            number = len(self.answers)
            said = ngettext("%(n)d page read", "%(n)d pages read", number)
            return said % {"n": number}
        if self.kind == self.Kind.SEARCH and self.summary:
            return gettext("Searched our site for “%(words)s”") % {
                "words": self.summary
            }
        words = self.summary or self.get_reason_display() or self.get_kind_display()
        return str(words)
