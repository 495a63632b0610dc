"""Where a score is in use, told to somebody who may not know all of it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.utils.text import capfirst
from wagtail.admin.admin_url_finder import AdminURLFinder

from crm_plugin.snippets.choosers import visible


def named(places: Iterable[Model], user: Any) -> list[tuple[str, str, str]]:
    """``(noun, name, url)``; of what *user* may not see only the noun."""
    finder = AdminURLFinder(user)
    told = []
    for place in places:
        noun = capfirst(str(place._meta.verbose_name))
        rows = visible(type(place)._default_manager.filter(pk=place.pk), user)
        if rows.exists():
            told.append((noun, str(place), finder.get_edit_url(place) or ""))
        else:
            told.append((noun, "", ""))
    return told
