"""What moves people although they did nothing: a class that was published anew."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm_plugin.segments.movement import Between, Standing
from crm_plugin.segments.published import Publication, published

MOST = 5


def publications(
    standing: Standing, days: Between, classes: Mapping[str, str], *, leads: Any
) -> list[SafeString]:
    """A note of the latest publications within *days*; none where there were none.

    *classes*: their names by key. With *leads* each leads to the history of its class.
    """
    keys = standing.segments()
    if not keys:
        return []
    found = published(keys, days)
    if not found:
        return []
    told = [
        _told(one, classes[keys[one.segment_id]], leads=leads) for one in found[:MOST]
    ]
    if more := len(found[MOST:]):
        told.append(_("and %(n)d more") % {"n": more})
    listed = ((each,) for each in told)
    words = _(
        "Classes were published in these days, so that people may have moved by another"
        " rule alone:"
    )
    return [format_html("{} {}", words, format_html_join(", ", "{}", listed))]


def _told(one: Publication, name: str, *, leads: Any) -> SafeString:
    day = date_format(one.day, "SHORT_DATE_FORMAT")
    if not leads:
        return format_html("{} ({})", name, day)
    url = reverse("crm_segment:history", args=[one.segment_id])
    return format_html('<a href="{}">{}</a> ({})', url, name, day)
