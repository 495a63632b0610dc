"""Wagtail's words: no longer ours once Wagtail says them itself."""

from pathlib import Path

import pytest
import wagtail
import wagtail_modeladmin
from django.utils.translation import gettext, override

from crm_plugin.ui.wagtail_words import WORDS

HOMES = [
    Path(wagtail.__file__).parent,
    Path(wagtail.__file__).parent / "admin",
    Path(wagtail.__file__).parent / "snippets",
    Path(wagtail_modeladmin.__file__).parent,
]


@pytest.fixture(scope="module")
def source():
    files = [home / "locale/en/LC_MESSAGES/django.po" for home in HOMES]
    joined = "".join(file.read_text() for file in files).replace('"\n"', "")
    return joined.replace('\\"', '"')


@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_wagtail_dropped_is_dropped_here(source, word):
    assert f'msgid "{word}"' in source


@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_wagtail_is_said_in_japanese(word):
    with override("ja"):
        assert gettext(word) != word
