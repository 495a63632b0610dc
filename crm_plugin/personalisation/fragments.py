"""Templates that would keep one visitor's content for the next one.

A block that is rendered inside ``{% cache %}`` is stored as it was chosen for whoever
came first, and the next visitor is not even asked for. Nothing can be repaired after
that, so the templates are read beforehand; see the system check ``crm_plugin.W001``.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines
from django.template.backends.django import DjangoTemplates
from django.template.base import NodeList
from django.template.engine import Engine
from django.template.library import SimpleNode
from django.template.loader_tags import IncludeNode
from django.templatetags.cache import CacheNode
from wagtail.templatetags.wagtailcore_tags import IncludeBlockNode

# Where the tag stands that chooses promoted results for the visitor.
CHOOSING = "crm_plugin.templatetags.crm_search"
CACHES = re.compile(r"\{%\s*\w*cache\w*\s")


def risky_templates() -> list[tuple[str, int]]:
    """Names and lines of fragment caches that hold what is chosen for a visitor.

    That is an ``{% include_block %}`` or ``{% promoted_for %}``.

    Followed into templates that are included by a fixed name, not into blocks that a
    child template fills: those are for ``crm_plugin.testing.assert_no_leaks``.
    """
    return [
        (name, line)
        for backend in engines.all()
        if isinstance(backend, DjangoTemplates)
        for name in sorted(_that_cache(backend.engine))
        for line in _risky_lines(backend.engine, name)
    ]


def _that_cache(engine: Engine) -> set[str]:
    """Names of the templates in which a fragment cache may be opened."""
    return {
        path.relative_to(folder).as_posix()
        for folder in _folders(engine)
        for path in folder.rglob("*.html")
        if CACHES.search(path.read_text(errors="replace"))
    }


def _folders(engine: Engine) -> Iterator[Path]:
    for loader in engine.template_loaders:
        for inner in getattr(loader, "loaders", [loader]):
            if hasattr(inner, "get_dirs"):
                yield from map(Path, inner.get_dirs())


def _risky_lines(engine: Engine, name: str) -> list[int]:
    caches: list[Any] = _nodes(engine, name).get_nodes_by_type(CacheNode)
    return [
        cache.token.lineno
        for cache in caches
        if _chooses(engine, cache.nodelist, {name})
    ]


def _chooses(engine: Engine, nodes: NodeList, seen: set[str]) -> bool:
    if nodes.get_nodes_by_type(IncludeBlockNode):
        return True
    tags: list[Any] = nodes.get_nodes_by_type(SimpleNode)
    if any(tag.func.__module__ == CHOOSING for tag in tags):
        return True
    includes: list[Any] = nodes.get_nodes_by_type(IncludeNode)
    for include in includes:
        name = include.template.var
        if isinstance(name, str) and name not in seen:
            seen.add(name)
            if _chooses(engine, _nodes(engine, name), seen):
                return True
    return False


def _nodes(engine: Engine, name: str) -> NodeList:
    """A template's nodes; none where it is missing or cannot be read."""
    try:
        return engine.get_template(name).nodelist
    except (TemplateDoesNotExist, TemplateSyntaxError):
        return NodeList()
