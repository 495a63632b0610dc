"""Wagtail's words: no longer ours once Wagtail says them itself."""

from pathlib import Path

import pytest
import wagtail
import wagtail_modeladmin
from django.utils.translation import gettext, override

from crm_plugin.ui.script_words import SCRIPT_WORDS, tell_scripts
from crm_plugin.ui.wagtail_words import WORDS

ADMIN = Path(wagtail.__file__).parent / "admin"
HOMES = [
    Path(wagtail.__file__).parent,
    ADMIN,
    Path(wagtail.__file__).parent / "snippets",
    Path(wagtail_modeladmin.__file__).parent,
]


def joined(files):
    text = "".join(file.read_text() for file in files).replace('"\n"', "")
    return text.replace('\\"', '"')


@pytest.fixture(scope="module")
def source():
    return joined(home / "locale/en/LC_MESSAGES/django.po" for home in HOMES)


@pytest.fixture(scope="module")
def scripts():
    return joined([ADMIN / "locale/en/LC_MESSAGES/djangojs.po"])


@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_wagtail_dropped_is_dropped_here(source, word):
    assert f'msgid "{word}"' in source


@pytest.mark.parametrize("word", SCRIPT_WORDS)
def test_a_word_that_wagtails_scripts_dropped_is_dropped_here(scripts, word):
    assert f'msgid "{word}"' in scripts


@pytest.mark.parametrize("word", [*WORDS, *SCRIPT_WORDS])
def test_a_word_of_wagtail_is_said_in_japanese(word):
    with override("ja"):
        assert gettext(word) != word


def test_scripts_are_told_in_japanese_what_they_lack_and_nothing_in_english():
    with override("ja"):
        assert '"Collapse all": "\\u3059\\u3079\\u3066' in tell_scripts()
    with override("en"):
        assert tell_scripts() == ""
