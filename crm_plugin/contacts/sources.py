"""From where a first record can come, beside the channels of a conversation."""

from functools import cache
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from crm_plugin import normalise


class Source(models.TextChoices):
    """What staff hold in their hands when they add somebody."""

    BUSINESS_CARD = "business_card", _("business card")
    NEW_YEAR_CARD = "new_year_card", _("New Year card")
    MEMBER_CARD = "member_card", _("member card")
    NEWSLETTER = "newsletter", _("newsletter sign-up")
    FAIR = "fair", _("event or fair")
    INTRODUCTION = "introduction", _("introduced by someone")


# Every channel of a first touch with its words; higher rooms add theirs when they load.
WORDS: dict[str, Any] = {**dict(Source.choices), "import": _("spreadsheet")}


def written(name: str) -> set[str]:
    """The usual ways of writing *name*: width and capitals do not count."""
    plain = normalise.text(name)
    return {name, plain, plain.lower(), plain.upper(), plain.capitalize()}


def meant(name: str) -> set[str]:
    """What to look for where *name* is typed: as it is written, or a channel's words
    in any language of the site."""
    return written(name) | _by_words().get(normalise.fold(name), set())


@cache
def _by_words() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for code, words in WORDS.items():
                found.setdefault(normalise.fold(words), set()).add(code)
    return found
