"""Uploaded sheets, staged as rows before anything is written."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm_plugin.journal import Operation

from .basis import Basis


class ImportBatchQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "ImportBatchQuerySet":
        """All imports, for those who may import at all."""
        if user.is_active and user.has_perm("crm_plugin.import_contact"):
            return self
        return self.none()


class ImportBatch(models.Model):
    """One uploaded sheet on its way: read, mapped, checked, applied, undone."""

    class Noun(models.TextChoices):
        CONTACTS = "contacts", _("contacts")
        PURCHASES = "purchases", _("purchases")

    class State(models.TextChoices):
        READING = "reading", _("reading")
        MAPPING = "mapping", _("columns to be matched")
        CHECKING = "checking", _("checking")
        CHECKED = "checked", _("ready to apply")
        APPLYING = "applying", _("applying")
        APPLIED = "applied", _("applied")
        UNDOING = "undoing", _("undoing")
        UNDONE = "undone", _("undone")
        FAILED = "failed", _("failed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    noun = models.CharField(_("what"), max_length=10, choices=Noun)
    file_name = models.CharField(_("file"), max_length=200)
    file = models.BinaryField(null=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.READING
    )
    encoding = models.CharField(max_length=20, blank=True)
    sheet = models.CharField(max_length=80, blank=True)
    headers = models.JSONField(default=list)
    header_row = models.PositiveIntegerField(default=1)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    basis = models.CharField(
        _("basis"),
        max_length=40,
        blank=True,
        choices=Basis,
        help_text=_("On what basis these people may be written to."),
    )
    basis_note = models.CharField(max_length=200, blank=True)
    topic = models.ForeignKey(
        "crm_plugin.Topic",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    row_count = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    operation = models.OneToOneField(
        Operation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    error = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def language(self) -> str:
        """The language in which the person who uploaded it reads messages."""
        return self.options.get("language") or settings.LANGUAGE_CODE

    @property
    def update_existing(self) -> bool:
        """Whether the sheet may replace what the records say; blanks are always filled."""
        return bool(self.options.get("update"))

    @property
    def lenient(self) -> bool:
        """Whether a row is used without the cells that cannot be read."""
        return bool(self.options.get("lenient"))

    def fields_of(self, cells: Any) -> list[str]:
        """The fields about which a row with these *cells* says something."""
        said = dict(enumerate(cells if isinstance(cells, list) else []))
        return [
            name
            for index, name in self.mapping.items()
            if name and str(said.get(int(index)) or "").strip()
        ]


class ImportRow(models.Model):
    """One line of a sheet and its outcome; ``number`` is the row that Excel shows."""

    class Outcome(models.TextChoices):
        NEW = "new", _("new")
        UPDATE = "update", _("update")
        SAME = "same", _("no change")
        DOUBLE = "double", _("double")
        BAD = "bad", _("cannot be used")

    batch = models.ForeignKey(
        ImportBatch,
        on_delete=models.CASCADE,
        related_name="rows",
        verbose_name=_("import"),
    )
    number = models.PositiveIntegerField(_("row"))
    raw = models.JSONField()
    cleaned = models.JSONField(default=dict)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, blank=True)
    problems = models.JSONField(default=list)
    target_id = models.BigIntegerField(null=True)
    match_key = models.CharField(max_length=320, blank=True)
    applied = models.BooleanField(_("written"), default=False)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("row")
        verbose_name_plural = _("rows")
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "number"], name="crm_import_row_once"
            )
        ]
        indexes = [
            models.Index(fields=["batch", "outcome", "number"], name="crm_import_out"),
            models.Index(fields=["batch", "match_key"], name="crm_import_match"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.number}"


class ImportKey(models.Model):
    """One normalised key of one row, so that doubles in a sheet find each other."""

    batch = models.ForeignKey(
        ImportBatch, on_delete=models.CASCADE, related_name="keys"
    )
    key = models.CharField(max_length=64)
    number = models.PositiveIntegerField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("key of a row")
        verbose_name_plural = _("keys of rows")
        indexes = [models.Index(fields=["batch", "key"], name="crm_import_key")]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.number}"
