"""The shape of the house: small files, short functions, no junk drawers."""

import ast
from pathlib import Path

import pytest

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


def test_site_is_not_a_package():
    assert not (ROOT / "site" / "__init__.py").exists()
