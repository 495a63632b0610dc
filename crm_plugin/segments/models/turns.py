"""Whose preview is being counted: two at once in the whole house, one per editor."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PreviewTurn(models.Model):
    """One editor's requests for a preview, and the last figure that she was given.

    ``asked`` counts her requests, ``running`` is the one that is being answered in
    ``place`` until ``until``, whatever happens to its process; ``answered`` is the one
    to which ``figure`` belongs, ``about`` the segment of that key (empty: a new one).
    The figure is a number, never a name.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    asked = models.PositiveBigIntegerField(default=0)
    running = models.PositiveBigIntegerField(null=True)
    place = models.PositiveSmallIntegerField(null=True, unique=True)
    until = models.DateTimeField(null=True)
    answered = models.PositiveBigIntegerField(default=0)
    about = models.CharField(max_length=20, blank=True)
    figure = models.JSONField(default=dict)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("turn of a preview")
        verbose_name_plural = _("turns of previews")

    def __str__(self) -> str:
        return f"{self.user_id} {self.asked}"
