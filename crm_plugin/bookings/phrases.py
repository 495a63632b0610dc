"""Small words about bookings that several files say."""

from django.utils.translation import ngettext


def people(number: int) -> str:
    """How many come, as a guest is told."""
    return ngettext("%(n)s person", "%(n)s people", number) % {"n": number}
