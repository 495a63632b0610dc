"""What visitors told us: submissions as they came, claims that wait for an answer."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact, ContactPoint


class SubmissionQuerySet(models.QuerySet):
    def due(self) -> "SubmissionQuerySet":
        """What is stored or owed its mail, and whose next attempt has come."""
        return self.filter(state__in=Submission.OPEN, due_at__lte=timezone.now())

    def taken_in(self) -> "SubmissionQuerySet":
        """What somebody sent and we took in: no spam, nothing that waits for us."""
        return self.filter(contact__isnull=False, state__in=Submission.TAKEN)

    def waiting(self) -> "SubmissionQuerySet":
        """What a person must look at: suspected spam, and what could not be taken in."""
        return self.filter(state__in=Submission.WAITING)

    def visible_to(self, user: Any) -> "SubmissionQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_submission"):
            return self
        return self.none()


class Submission(models.Model):
    """One filled visitor form; stored first, then taken in and answered, never lost.

    ``answers`` is a list of ``{name, label, field, value, text}`` in form order, where
    ``field`` is what the editor mapped it to: ``contact.family_name``,
    ``point.email``, ``attribute.<key>``, ``organisation.name``, ``message`` or "".
    ``consents`` is a list of ``{topic, wording}`` (Topic key, Wording id).
    """

    class Kind(models.TextChoices):
        INQUIRY = "inquiry", _("inquiry")
        BOOKING = "booking", _("booking")
        SIGN_UP = "sign_up", _("newsletter sign-up")
        FEEDBACK = "feedback", _("feedback")
        OTHER = "other", _("form")

    class State(models.TextChoices):
        STORED = "stored", _("stored")
        TAKEN_IN = "taken_in", _("taken in, mail follows")
        PROCESSED = "processed", _("processed")
        HELD = "held", _("held as suspected spam")
        FAILED = "failed", _("needs attention")
        SPAM = "spam", _("spam, will be deleted")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.STORED
    )
    reference = models.CharField(_("reference"), max_length=20, unique=True)
    answers = models.JSONField(default=list)
    consents = models.JSONField(default=list, blank=True)
    source = models.JSONField(default=dict, blank=True)
    page_id = models.BigIntegerField(null=True)
    page_title = models.CharField(max_length=255, blank=True)
    page_url = models.CharField(max_length=500, blank=True)
    revision = models.BigIntegerField(null=True)
    language = models.CharField(max_length=10, blank=True)
    email_norm = models.CharField(max_length=320, blank=True, db_index=True)
    phone_norm = models.CharField(max_length=40, blank=True)
    verified_for = models.CharField(
        max_length=320,
        blank=True,
        help_text=_("The address for which the browser was verified, if any."),
    )
    invited = models.BooleanField(
        default=False,
        help_text=_("It came by a link that was sent to this contact's address."),
    )
    ip_truncated = models.CharField(max_length=45, blank=True)
    agent_hash = models.CharField(max_length=64, blank=True)
    spam_reason = models.CharField(max_length=40, blank=True)
    contact = models.ForeignKey(
        Contact,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="submissions",
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)
    released_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When staff let it out of the quarantine.")
    )
    judged_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When staff said that it is spam.")
    )
    processed_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the automatic mail was queued.")
    )

    keep_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("How long the form keeps answers.")
    )
    forgotten_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When its answers were deleted.")
    )

    OPEN = (State.STORED, State.TAKEN_IN)
    # Set on the object that a request stored itself, and on no other.
    just_stored = False
    WAITING = (State.HELD, State.FAILED)
    TAKEN = (State.TAKEN_IN, State.PROCESSED)
    objects = SubmissionQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        indexes = [
            models.Index(
                fields=["due_at"],
                name="crm_submission_open",
                condition=Q(state__in=["stored", "taken_in"]),
            ),
            models.Index(
                fields=["state", "received_at"],
                name="crm_submission_waits",
                condition=Q(state__in=["held", "failed", "spam"]),
            ),
            models.Index(fields=["page_id", "received_at"], name="crm_submission_page"),
            models.Index(
                fields=["keep_days", "received_at"],
                name="crm_submission_kept",
                condition=Q(keep_days__isnull=False, forgotten_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def came_at(self) -> dt.datetime:
        """When it reached us: for what was held, when staff let it in."""
        return self.released_at or self.received_at

    @property
    def kept_until(self) -> dt.datetime | None:
        """From when on its answers are deleted; None: never, or they are gone."""
        if self.keep_days is None or self.forgotten_at is not None:
            return None
        return self.received_at + dt.timedelta(days=self.keep_days)

    @property
    def touch_key(self) -> str:
        """Under which key touchpoint and booking of this submission are known."""
        return f"submission-{self.public_id}"


class Claim(models.Model):
    """A value in a submission that waits to be confirmed or accepted."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CONFIRMED = "confirmed", _("confirmed by the person")
        ACCEPTED = "accepted", _("accepted by staff")
        REJECTED = "rejected", _("rejected")
        SUPERSEDED = "superseded", _("superseded")
        MOVED = "moved", _("another person")

    class Basis(models.TextChoices):
        """On what staff decided."""

        ASKED = "asked", _("the person was asked")

    submission = models.ForeignKey(
        Submission, on_delete=models.CASCADE, related_name="claims"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="claims"
    )
    field = models.CharField(max_length=60)
    label = models.CharField(max_length=200)
    value = models.JSONField()
    text = models.CharField(max_length=500)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.WAITING
    )
    basis = models.CharField(_("basis"), max_length=8, choices=Basis, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("change waiting for confirmation")
        verbose_name_plural = _("changes waiting for confirmation")
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "field"], name="crm_claim_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["contact"],
                name="crm_claim_waiting",
                condition=Q(state="waiting"),
            )
        ]

    def __str__(self) -> str:
        return self.field


class Confirmation(models.Model):
    """The one button that belongs to one submission; single use."""

    submission = models.OneToOneField(
        Submission, on_delete=models.CASCADE, related_name="confirmation"
    )
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    point = models.ForeignKey(
        ContactPoint, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    address_hash = models.CharField(max_length=64, db_index=True)
    sent_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")

    def __str__(self) -> str:
        return str(self.public_id)


class UploadQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "UploadQuerySet":
        """The files of the submissions that *user* may see; none that still waits."""
        return self.filter(submission__in=Submission.objects.visible_to(user))


class Upload(models.Model):
    """A file that came with a submission, or waits in a form that is being filled in."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission = models.ForeignKey(
        Submission,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="uploads",
    )
    page_id = models.BigIntegerField(null=True)
    name = models.CharField(_("file"), max_length=150)
    real_type = models.CharField(_("type"), max_length=8)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UploadQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        indexes = [
            models.Index(
                fields=["created_at"],
                name="crm_upload_waiting",
                condition=Q(submission=None),
            )
        ]

    def __str__(self) -> str:
        return self.name


class FormCount(models.Model):
    """How often a form was seen and begun: by page, day and source, about nobody."""

    page_id = models.BigIntegerField()
    day = models.DateField()
    source = models.CharField(max_length=60, blank=True)
    views = models.PositiveIntegerField(default=0)
    starts = models.PositiveIntegerField(default=0)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("count of a form")
        verbose_name_plural = _("counts of forms")
        constraints = [
            models.UniqueConstraint(
                fields=["page_id", "day", "source"], name="crm_form_count_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.page_id} {self.day}"


class PostCount(models.Model):
    """How often something was done in a stretch of time; see ``limits``."""

    key = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("count of posts")
        verbose_name_plural = _("counts of posts")

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
