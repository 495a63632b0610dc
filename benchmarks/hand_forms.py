"""One selection of contacts, written by hand in every form that may be the quickest.

A selection is what somebody would write down before writing SQL: rows of tables, joined
by all, any and none. The forms are the ways to say it in SQL: sets (``IN``), questions
(``EXISTS``), set algebra, a table expression for each set, and each set that must hold as
the one that the others are asked of, with or without a look at the contact itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

CURRENT = "c.archived_at IS NULL"
PEOPLE = "crm_plugin_contact c"
ARCHIVED = "SELECT id FROM crm_plugin_contact WHERE archived_at IS NOT NULL"


@dataclass(frozen=True)
class Rows:
    """The contacts with a row in *table*, or in a group of rows, for which it is true."""

    table: str
    where: str
    having: str = ""
    contact: str = "contact_id"

    def ids(self) -> str:
        grouped = f" GROUP BY {self.contact} HAVING {self.having}"
        where = f"{self.where}{grouped if self.having else ''}"
        return f"SELECT {self.contact} AS id FROM {self.table} WHERE {where}"

    def asked(self, of: str) -> str:
        grouped = f" GROUP BY {self.contact} HAVING {self.having}"
        where = f"{self.contact} = {of} AND {self.where}"
        return (
            f"EXISTS (SELECT 1 FROM {self.table} WHERE {where}"
            f"{grouped if self.having else ''})"
        )


@dataclass(frozen=True)
class Own:
    """What is true of the contact's own row, called ``c``."""

    where: str

    def ids(self) -> str:
        return f"SELECT c.id FROM {PEOPLE} WHERE {self.where}"


@dataclass(frozen=True)
class Several:
    match: str
    parts: "tuple[Node, ...]"


Node = Rows | Own | Several


def all_of(*parts: Node) -> Several:
    return Several("all", parts)


def any_of(*parts: Node) -> Several:
    return Several("any", parts)


def none_of(*parts: Node) -> Several:
    return Several("none", parts)


def forms(node: Several) -> Iterator[tuple[str, str]]:
    """The name and the statement of every form of an ``all_of``."""
    for ask in ("in", "exists"):
        yield ask, _select(PEOPLE, [CURRENT, _test(node, "c.id", ask)])
    yield "sets", f"{_algebra(node)} EXCEPT {ARCHIVED}"
    for place, part in enumerate(node.parts):
        if not isinstance(part, Rows):
            continue
        others = [other for other in node.parts if other is not part]
        yield from _driven(place, part, others)
    yield "table expressions", _expressions(node)


def _driven(place: int, part: Rows, others: list[Node]) -> Iterator[tuple[str, str]]:
    """Everybody of *part* is asked of the *others*."""
    distinct = f"(SELECT DISTINCT id FROM ({part.ids()}) s) them"
    # SQLite takes the tables of a CROSS JOIN in the order in which they are written.
    join = "CROSS JOIN" if connection.vendor == "sqlite" else "JOIN"
    for ask in ("in", "exists"):
        tests = [_test(other, "them.id", ask) for other in others]
        joined = f"{distinct} {join} {PEOPLE} ON c.id = them.id"
        name = f"set {place + 1}, others {ask}"
        yield name, _select(joined, [CURRENT, *tests])
        if not any(isinstance(other, Own) for other in others):
            alone = [f"them.id NOT IN ({ARCHIVED})", *tests]
            yield f"{name}, no look at the contact", _select(distinct, alone, "them")


def _select(source: str, tests: list[str], alias: str = "c") -> str:
    return f"SELECT {alias}.id FROM {source} WHERE {' AND '.join(tests)}"


def _test(node: Node, of: str, ask: str) -> str:
    if isinstance(node, Own):
        return f"({node.where})"
    if isinstance(node, Rows):
        return node.asked(of) if ask == "exists" else f"{of} IN ({node.ids()})"
    if node.match == "none" and ask == "in" and len(node.parts) == 1:
        return _test(node.parts[0], of, ask).replace(" IN (", " NOT IN (", 1)
    word = " AND " if node.match == "all" else " OR "
    inside = f"({word.join(_test(part, of, ask) for part in node.parts)})"
    return f"NOT {inside}" if node.match == "none" else inside


def _algebra(node: Node) -> str:
    """INTERSECT, UNION and EXCEPT, whose parts SQLite wants as plain SELECTs."""
    if not isinstance(node, Several):
        return node.ids()
    if node.match == "any":
        return _compound("UNION", node.parts)
    if node.match == "none":
        everybody = f"SELECT c.id FROM {PEOPLE}"
        return " EXCEPT ".join([everybody, *map(_whole, node.parts)])
    without = [p for p in node.parts if isinstance(p, Several) and p.match == "none"]
    with_all = [part for part in node.parts if part not in without]
    whole = (
        _compound("INTERSECT", with_all) if with_all else f"SELECT c.id FROM {PEOPLE}"
    )
    left_out = [_whole(part) for one in without for part in one.parts]
    return " EXCEPT ".join([whole, *left_out])


def _compound(word: str, parts) -> str:
    return f" {word} ".join(map(_whole, parts))


def _whole(node: Node) -> str:
    return f"SELECT id FROM ({_algebra(node)}) s"


def _expressions(node: Several) -> str:
    """A materialised table expression for each set, then joined."""
    names, sources, tests = [], [PEOPLE], [CURRENT]
    for place, part in enumerate(node.parts):
        if isinstance(part, Own):
            tests.append(part.where)
            continue
        denied = isinstance(part, Several) and part.match == "none"
        body = any_of(*part.parts) if denied else part
        names.append(f"e{place}(id) AS MATERIALIZED ({_whole(body)})")
        if denied:
            tests.append(f"c.id NOT IN (SELECT id FROM e{place})")
        else:
            tests.append(f"c.id IN (SELECT id FROM e{place})")
    said = f"WITH {', '.join(names)} " if names else ""
    return said + _select(sources[0], tests)
