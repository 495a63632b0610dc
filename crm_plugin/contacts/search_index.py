"""The index under the search key: FTS5 trigrams on SQLite, pg_trgm on PostgreSQL.

Put in place after every ``migrate`` like the ledger's triggers (decision 0001), because
neither is a thing that Django's models can say for both databases. A database that
offers neither is searched by reading every key: right, but slow (``available``).
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.apps import apps
from django.db import DatabaseError, connection, connections, models, transaction
from django.db.models import Lookup, Q, QuerySet
from django.db.models.signals import post_migrate

from .models import ContactSearchKey, ContactSearchStart

KEYS = "crm_plugin_contactsearchkey"
STARTS = "crm_plugin_contactsearchstart"
INDEX = "crm_contact_search"
_LAST = "\U0010ffff"
_TRIGGERS = {
    "insert": "INSERT INTO {index} (rowid, folded) VALUES (new.contact_id, new.folded);",
    "delete": "INSERT INTO {index} ({index}, rowid, folded)"
    " VALUES ('delete', old.contact_id, old.folded);",
}
_TRIGGERS["update"] = _TRIGGERS["delete"] + " " + _TRIGGERS["insert"]
_SQLITE = (
    f"CREATE VIRTUAL TABLE {INDEX} USING fts5(folded, content='{KEYS}',"
    " content_rowid='contact_id', tokenize='trigram case_sensitive 1')",
    *(
        f"CREATE TRIGGER {INDEX}_{verb} AFTER {verb.upper()} ON {KEYS} BEGIN"
        f" {does.format(index=INDEX)} END"
        for verb, does in _TRIGGERS.items()
    ),
    "INSERT INTO crm_contact_search (crm_contact_search) VALUES ('rebuild')",
)
_POSTGRESQL = (
    "SET CONSTRAINTS ALL IMMEDIATE",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    f"CREATE INDEX IF NOT EXISTS {INDEX} ON {KEYS} USING gin (folded gin_trgm_ops)",
    f"CREATE INDEX IF NOT EXISTS {INDEX}_start ON {STARTS}"
    " (start text_pattern_ops, contact_id)",
)


def available(using: str = "default") -> bool:
    """Whether the index stands, whole, in the database called *using*."""
    connected = connections[using]
    if connected.vendor == "sqlite":
        wanted = {INDEX, *(f"{INDEX}_{verb}" for verb in _TRIGGERS)}
        catalogue = "SELECT name FROM sqlite_master WHERE name LIKE %s"
    elif connected.vendor == "postgresql":
        wanted = {INDEX, f"{INDEX}_start"}
        catalogue = "SELECT indexname FROM pg_indexes WHERE indexname LIKE %s"
    else:
        return False
    with connected.cursor() as cursor:
        cursor.execute(catalogue, [f"{INDEX}%"])
        return wanted <= {name for (name,) in cursor.fetchall()}


def install(using: str = "default") -> None:
    """Create the index and fill it from the keys; one that is broken is made anew."""
    connected = connections[using]
    statements: Sequence[str] = ()
    if connected.vendor == "sqlite":
        gone = [f"DROP TRIGGER IF EXISTS {INDEX}_{verb}" for verb in _TRIGGERS]
        statements = [*gone, f"DROP TABLE IF EXISTS {INDEX}", *_SQLITE]
    elif connected.vendor == "postgresql":
        statements = _POSTGRESQL
    with transaction.atomic(using), connected.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


class Match(Lookup):
    """``folded__match``: SQLite's full-text operator on the index's one column."""

    lookup_name = "match"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        value, more = self.process_rhs(compiler, connection)
        return f"{column} MATCH {value}", (*params, *more)


class ContactSearchIndex(models.Model):
    """SQLite's virtual table, read only: the keys, found by three characters or more.

    It stands outside the app's models: no migration, dump or permission is made for a
    table that PostgreSQL does not have.
    """

    rowid = models.BigIntegerField(primary_key=True)
    folded = models.TextField()

    objects: ClassVar[models.Manager] = models.Manager()
    wagtail_reference_index_ignore = True

    class Meta:
        app_label = "crm_contact_search"
        managed = False
        db_table = INDEX

    def __str__(self) -> str:
        return str(self.rowid)


ContactSearchIndex._meta.get_field("folded").register_lookup(Match)


def holding(groups: Sequence[Sequence[str]]) -> QuerySet:
    """Ids of contacts whose key holds one word of each of *groups*, from the index.

    Every word has three characters or more. The rows come as the index gives them, so
    that a reader who wants fifty of them stops after fifty.
    """
    if connection.vendor == "sqlite" and _ready():
        every = (" OR ".join(_quoted(word) for word in words) for words in groups)
        match = " AND ".join(f"({words})" for words in every)
        rows = ContactSearchIndex.objects.filter(folded__match=match)
        return rows.values_list("rowid", flat=True)
    return keys(groups)


def keys(groups: Sequence[Sequence[str]]) -> QuerySet:
    """The same by reading keys: quick where few are read, and PostgreSQL's index helps."""
    rows = ContactSearchKey.objects.all()
    for words in groups:
        rows = rows.filter(reduce(or_, (Q(folded__contains=word) for word in words)))
    return rows.values_list("contact_id", flat=True)


def starting(word: str) -> QuerySet:
    """Ids of contacts one of whose names starts with *word*: one or two characters."""
    rows = ContactSearchStart.objects.all()
    if len(word) > 1:
        rows = rows.filter(start=word)
    elif connection.vendor == "sqlite":
        rows = rows.filter(start__gte=word, start__lt=word + _LAST)
    else:
        rows = rows.filter(start__startswith=word)
    return rows.values_list("contact_id", flat=True)


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


_stands = False


def _ready() -> bool:
    """``available``, asked until it is: an index that stands is not taken away."""
    global _stands
    _stands = _stands or available()
    return _stands


def ensure(sender: Any, *, using: str = "default", **kwargs: Any) -> None:
    """After ``migrate``: create what is missing, once the tables are there."""
    tables = connections[using].introspection.table_names()
    if {KEYS, STARTS} <= set(tables) and not available(using):
        try:
            install(using)
        except DatabaseError:
            # Without FTS5, or the right to create pg_trgm: ``crm_doctor`` says so.
            return


post_migrate.connect(
    ensure,
    sender=apps.get_app_config("crm_plugin"),
    dispatch_uid="crm-contact-search",
)
