"""What recognised visitors read and looked for on the site, with their consent."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact


class SiteNote(models.Model):
    """One page shown or one search made, not sorted yet: one insert after the answer.

    ``person`` is the public id that the browser's cookie names; empty for a search of
    somebody unknown, of whom nothing else is kept.
    """

    class Kind(models.TextChoices):
        PAGE = "page", _("page read")
        SEARCH = "search", _("site search")

    kind = models.CharField(max_length=6, choices=Kind)
    person = models.UUIDField(null=True)
    page_id = models.BigIntegerField(null=True)
    page_title = models.CharField(max_length=255, blank=True)
    page_url = models.CharField(max_length=500, blank=True)
    revision = models.BigIntegerField(null=True)
    words = models.CharField(max_length=100, blank=True)
    found = models.PositiveIntegerField(null=True)
    language = models.CharField(max_length=10, blank=True)
    wording = models.BigIntegerField(null=True)
    said_at = models.DateTimeField(null=True)
    verified = models.BooleanField(default=False)
    at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("note of the site")
        verbose_name_plural = _("notes of the site")

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class PageRead(models.Model):
    """A page that a contact read on one of the site's days; once, however often."""

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="pages_read"
    )
    page_id = models.BigIntegerField()
    page_title = models.CharField(max_length=255, blank=True)
    page_url = models.CharField(max_length=500, blank=True)
    revision = models.BigIntegerField(null=True)
    on = models.DateField()
    at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("page read")
        verbose_name_plural = _("pages read")
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "page_id", "on"], name="crm_page_read_once"
            )
        ]
        indexes = [
            models.Index(fields=["page_id", "on", "contact"], name="crm_page_read_idx"),
            models.Index(fields=["on"], name="crm_page_read_day"),
        ]

    def __str__(self) -> str:
        return f"{self.page_title} {self.on}"


class SearchCount(models.Model):
    """How often visitors, known or not, looked for something on one day: no identity."""

    on = models.DateField()
    language = models.CharField(max_length=10, blank=True)
    term = models.CharField(max_length=60)
    searches = models.PositiveIntegerField(default=0)
    without_results = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("count of site searches")
        verbose_name_plural = _("counts of site searches")
        constraints = [
            models.UniqueConstraint(
                fields=["on", "language", "term"], name="crm_search_count_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.term}: {self.searches}"
