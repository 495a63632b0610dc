"""Touchpoints, inquiries that are owed an answer, and dated next steps."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_plugin.contacts.models import Contact, Organisation


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    PHONE = "phone", pgettext_lazy("channel", "phone")
    POST = "post", _("post")
    SHOP = "shop", _("shop")
    WEB = "web", _("web")
    LINE = "line", "LINE"
    SNS = "sns", _("social media")


class Phase(models.TextChoices):
    MARKETING = "marketing", _("marketing")
    SALES = "sales", _("sales")
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
        CALL = "call", _("call")
        VISIT = "visit", _("visit")
        MAIL_IN = "mail_in", _("mail received")
        MAIL_OUT = "mail_out", _("mail sent")
        NOTE = "note", _("note")
        CLICK = "click", _("click")
        PAGE = "page", _("page read")
        SEARCH = "search", _("site search")
        CHAT = "chat", _("chat")
        POSTCARD = "postcard", _("postcard")

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
            models.Index(fields=["kind", "at", "contact"], name="crm_touch_kind_idx"),
        ]

    def __str__(self) -> str:
        return self.summary or self.get_kind_display()


class InquiryQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "InquiryQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_inquiry"):
            return self
        return self.none()

    def open(self) -> "InquiryQuerySet":
        return self.filter(closed_at=None)

    def overdue(self) -> "InquiryQuerySet":
        return self.open().filter(due_at__lt=timezone.now())

    def by_urgency(self) -> "InquiryQuerySet":
        """Owed first comes first; with what a list of them shows."""
        return self.select_related("contact", "owner", "touchpoint").order_by(
            "due_at", "id"
        )


class Inquiry(models.Model):
    """A question or complaint with an answer owed."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("question")
        COMPLAINT = "complaint", _("complaint")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(_("reference"), max_length=20, unique=True)
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="inquiries"
    )
    touchpoint = models.OneToOneField(
        Touchpoint,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="inquiry",
    )
    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind, default=Kind.QUESTION
    )
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    language = models.CharField(max_length=10, blank=True)
    reply_to = models.CharField(
        max_length=320,
        blank=True,
        help_text=_("The address that was typed; answers go there."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("owner"),
    )
    received_at = models.DateTimeField(_("received at"))
    due_at = models.DateTimeField(_("answer owed by"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = InquiryQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        indexes = [
            models.Index(
                fields=["due_at"], name="crm_inquiry_open", condition=Q(closed_at=None)
            ),
            models.Index(
                fields=["contact"],
                name="crm_inquiry_hold",
                condition=Q(closed_at=None),
            ),
            models.Index(fields=["answered_at"], name="crm_inquiry_answered"),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_admin_url(self) -> str:
        return reverse("crm_inquiry:answer", args=[self.pk])

    @property
    def headline(self) -> str:
        """What it is about, in one line."""
        return self.subject or (self.touchpoint.summary if self.touchpoint else "")

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_at < timezone.now()


class FollowUpQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "FollowUpQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_followup"):
            return self
        return self.none()

    def open(self) -> "FollowUpQuerySet":
        return self.filter(done_at=None)


class FollowUp(models.Model):
    """A dated next step for a member of staff."""

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="follow_ups"
    )
    inquiry = models.ForeignKey(
        Inquiry,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="follow_ups",
    )
    due_on = models.DateField(_("due on"))
    what = models.CharField(_("what to do"), max_length=200)
    channel = models.CharField(_("by"), max_length=8, choices=Channel, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("owner"),
    )
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FollowUpQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        indexes = [
            models.Index(
                fields=["due_on"], name="crm_followup_open", condition=Q(done_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.what


class ContactFrequency(models.Model):
    """Summary: contact days per period; written only by this room's verb."""

    contact = models.OneToOneField(
        Contact, on_delete=models.CASCADE, primary_key=True, related_name="frequency"
    )
    days_30 = models.PositiveIntegerField(default=0)
    days_90 = models.PositiveIntegerField(default=0)
    days_365 = models.PositiveIntegerField(default=0)
    outbound_365 = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    counted_on = models.DateField(null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("contact frequency")

    def __str__(self) -> str:
        return str(self.days_365)
