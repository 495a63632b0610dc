import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact

from .touchpoint import Touchpoint


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
    def about(self) -> str:
        """Its kind and subject in one line; a subject that only repeats the kind says less
        than the reference."""
        kind = self.get_kind_display()
        repeats = self.subject.casefold() in ("", kind.casefold())
        return f"{capfirst(kind)}: {self.reference if repeats else self.subject}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_at < timezone.now()

    @property
    def state(self) -> str:
        """In words: overdue, an answer owed, closed."""
        if self.is_overdue:
            return str(_("overdue"))
        return str(_("answer owed") if self.is_open else _("closed"))
