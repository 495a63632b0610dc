"""The shape of the house: small files, short functions, no junk drawers."""

import ast
import re
from pathlib import Path

import pytest
from django.template.backends.django import get_installed_libraries

ROOT = Path(__file__).parents[1]
FORBIDDEN = {"utils", "helpers", "misc", "common", "services", "managers"}
MODULES = [
    path
    for folder in ("crm_plugin", "site", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_keeps_the_shape_of_the_house(path):
    source = path.read_text()
    assert path.stem not in FORBIDDEN
    assert source.count("\n") <= 400
    long = [
        f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > 50
    ]
    assert not long


CONDITIONS = [
    path
    for path in MODULES
    if "conditions" in (*path.parts, path.stem) or "@rules.register" in path.read_text()
]
SQL = re.compile(r"\.raw\(|\.extra\(|RawSQL|\.execute\(|\.cursor\(")


@pytest.mark.parametrize("path", CONDITIONS, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_condition_is_said_in_the_words_of_the_orm(path):
    """Which statement comes of it is for ``rules`` to say, see decision 18."""
    assert SQL.findall(path.read_text()) == []


def test_site_is_not_a_package():
    assert not (ROOT / "site" / "__init__.py").exists()


def test_templates_need_no_app_that_a_site_is_not_told_to_install():
    """What ``docs/settings.md`` adds, and what every Wagtail site has."""
    here = ("django.templatetags.", "crm_plugin.", "wagtail", "import_export.")
    libraries = get_installed_libraries()
    loaded = {
        (path.name, name)
        for path in (ROOT / "crm_plugin" / "templates").rglob("*.html")
        for tag in re.findall(r"{% load ([\w ]+) %}", path.read_text())
        for name in tag.split()
    }
    assert loaded
    assert [one for one in loaded if not libraries[one[1]].startswith(here)] == []
