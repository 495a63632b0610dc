"""How much is known of what: counted once a day, read by the data map."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DataFill(models.Model):
    """Of how many current records one thing is known, by where they came from.

    ``name`` is empty for the number of records themselves; ``source`` is the channel
    of their first touch, empty where none is known or none is asked.
    """

    room = models.CharField(max_length=20)
    noun = models.CharField(max_length=12)
    name = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=20, blank=True)
    number = models.PositiveIntegerField(_("number"))
    newest_at = models.DateTimeField(null=True)
    counted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("count of the data map")
        verbose_name_plural = _("counts of the data map")
        constraints = [
            models.UniqueConstraint(
                fields=["noun", "name", "source"], name="crm_data_fill_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.noun} {self.name} {self.source}".strip()
