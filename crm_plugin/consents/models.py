"""Consent: the ledger, the current state, hard stops and preferences."""

import uuid

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact, ContactPoint


class Topic(models.Model):
    """What a contact subscribes to."""

    key = models.SlugField(_("key"), unique=True, max_length=40)
    name = models.CharField(_("name"), max_length=80)
    name_ja = models.CharField(_("Japanese name"), max_length=80, blank=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    description_ja = models.CharField(
        _("Japanese description"), max_length=200, blank=True
    )
    active = models.BooleanField(_("active"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["order", "name"]

    def __str__(self) -> str:
        if self.name_ja and (get_language() or "").startswith("ja"):
            return self.name_ja
        return self.name

    @property
    def words(self) -> str:
        """The description in the reader's language."""
        if self.description_ja and (get_language() or "").startswith("ja"):
            return self.description_ja
        return self.description


class Wording(models.Model):
    """The exact words somebody agreed to; immutable."""

    text = models.TextField(_("wording"))
    locale = models.CharField(max_length=10, blank=True)
    sha256 = models.CharField(max_length=64, unique=True)
    first_used_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")

    def __str__(self) -> str:
        return self.text[:60]


class ConsentSubject(models.Model):
    """The random id under which the ledger knows a contact; aliased on merge."""

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="subjects"
    )
    subject = models.UUIDField(default=uuid.uuid4, unique=True)
    aliased_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("Set: it came with a merged record and speaks no more."),
    )

    class Meta:
        verbose_name = _("consent subject")

    def __str__(self) -> str:
        return str(self.subject)


class ConsentEvent(models.Model):
    """One line of the ledger: insert-only, without foreign keys, name or address."""

    class Action(models.TextChoices):
        ASK = "ask", _("asked for")
        GRANT = "grant", _("granted")
        CONFIRM = "confirm", _("confirmed")
        WITHDRAW = "withdraw", _("withdrawn")
        OBJECT = "object", _("objected")
        ATTEST = "attest", _("stated at import")
        EXPIRE = "expire", _("expired")
        MERGE = "merge", _("settled when records were merged")
        PREFER = "prefer", _("preferences changed")

    subject = models.UUIDField(_("subject of the ledger"), db_index=True)
    address_hash = models.CharField(
        _("hash of the address"), max_length=64, db_index=True
    )
    channel = models.CharField(_("channel"), max_length=12)
    topic = models.CharField(_("topic"), max_length=40, blank=True)
    action = models.CharField(_("action"), max_length=10, choices=Action)
    basis = models.CharField(_("basis"), max_length=40, blank=True)
    wording = models.BigIntegerField(_("wording"), null=True)
    page = models.BigIntegerField(_("page"), null=True)
    revision = models.BigIntegerField(_("revision"), null=True)
    source = models.CharField(_("came by"), max_length=80, blank=True)
    ip_truncated = models.CharField(_("network"), max_length=45, blank=True)
    agent_hash = models.CharField(max_length=64, blank=True)
    actor = models.CharField(_("by"), max_length=80, blank=True)
    evidence = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("consent event")
        verbose_name_plural = _("consent events")
        permissions = [
            ("export_consentevent", _("Can read and export the evidence of consents"))
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.topic}"


class ConsentSeal(models.Model):
    """The nightly hash over all ledger rows since the last seal."""

    up_to = models.BigIntegerField(unique=True)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("consent seal")

    def __str__(self) -> str:
        return self.sha256


class Consent(models.Model):
    """The current state per contact point and topic; rebuilt from the ledger."""

    class State(models.TextChoices):
        PENDING = "pending", _("waiting for confirmation")
        GRANTED = "granted", _("granted")
        WITHDRAWN = "withdrawn", _("unsubscribed")

    point = models.ForeignKey(
        ContactPoint, on_delete=models.CASCADE, related_name="consents"
    )
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="consents")
    state = models.CharField(_("state"), max_length=10, choices=State)
    basis = models.CharField(_("basis"), max_length=40, blank=True)
    wording = models.BigIntegerField(null=True)
    at = models.DateTimeField(_("at"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(fields=["point", "topic"], name="crm_consent_once")
        ]
        indexes = [
            models.Index(fields=["topic", "state", "point"], name="crm_consent_topic")
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.state}"


class Suppression(models.Model):
    """A hard stop on an address; keyed hash only, survives deletion and re-import."""

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed from everything")
        BOUNCED = "bounced", _("undeliverable")
        COMPLAINED = "complained", _("marked as spam")
        STAFF = "staff", _("set by staff")

    channel = models.CharField(max_length=12)
    address_hash = models.CharField(max_length=64)
    scope = models.CharField(max_length=60, default="marketing")
    reason = models.CharField(_("reason"), max_length=14, choices=Reason)
    at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address_hash", "scope"], name="crm_suppression_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.scope} {self.reason}"


class Preference(models.Model):
    """Channel, frequency and pause that a contact asked for."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("e-mail")
        PHONE = "phone", pgettext_lazy("channel", "phone")
        POST = "post", _("post")
        LINE = "line", _("LINE")

    class Frequency(models.TextChoices):
        EVERY = "every", _("each message")
        WEEKLY = "weekly", _("once a week")
        MONTHLY = "monthly", _("once a month")

    contact = models.OneToOneField(
        Contact, on_delete=models.CASCADE, primary_key=True, related_name="preference"
    )
    channel = models.CharField(
        _("preferred channel"), max_length=12, choices=Channel, blank=True
    )
    frequency = models.CharField(
        _("frequency"), max_length=8, choices=Frequency, default=Frequency.EVERY
    )
    paused_until = models.DateField(_("paused until"), null=True, blank=True)
    BY_CONTACT, BY_STAFF = "contact", "staff"
    set_by = models.CharField(max_length=12, default=BY_CONTACT)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")

    def __str__(self) -> str:
        return self.frequency
