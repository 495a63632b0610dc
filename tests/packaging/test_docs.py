from pathlib import Path

import pytest
from django.core.management import get_commands

from crm_plugin.conf import DEFAULTS

ROOT = Path(__file__).parents[2]
DOCS = "\n".join(path.read_text() for path in (ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize("name", sorted(DEFAULTS))
def test_every_setting_is_documented(name):
    assert f"`{name}`" in DOCS


@pytest.mark.parametrize(
    "name", sorted(n for n, app in get_commands().items() if app == "crm_plugin")
)
def test_every_command_is_documented(name):
    assert name in DOCS + (ROOT / "README.md").read_text()
