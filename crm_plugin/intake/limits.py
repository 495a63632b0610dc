"""How often something was done lately, counted exactly however many processes there are.

Redis and Memcached count atomically; every other cache reads, adds and writes, and
loses counts as soon as two processes do so at once. Without one of them a table counts,
by one statement for all keys.
"""

import datetime as dt
from collections.abc import Iterable

from django.core.cache import cache, caches
from django.core.cache.backends.memcached import BaseMemcachedCache
from django.core.cache.backends.redis import RedisCache
from django.db import connection
from django.utils import timezone

from crm_plugin import signing

from .models import PostCount

WINDOW_SECONDS = 600
ATOMIC = (BaseMemcachedCache, RedisCache)
# Only the name of our own table is put in.
UPSERT = """
    INSERT INTO {table} (key, count, until) VALUES {rows}
    ON CONFLICT (key) DO UPDATE SET count = {table}.count + 1
    RETURNING key, count
"""


def key_of(kind: str, value: str) -> str:
    """The key under which *value* is counted: a keyed hash, no address."""
    return f"{kind}:{signing.keyed_hash(value)[:40]}"


def count(keys: Iterable[str], *, seconds: int = WINDOW_SECONDS) -> dict[str, int]:
    """Count once more under each of *keys*; how often each was counted in the window.

    A window begins with the clock, not with the first count: every process agrees.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    window = int(timezone.now().timestamp()) // seconds
    dated = {f"{key}:{window}": key for key in wanted}
    atomic = isinstance(caches["default"], ATOMIC)
    found = _in_cache(dated, seconds) if atomic else _in_table(dated, window, seconds)
    return {dated[key]: number for key, number in found.items()}


def forget_old() -> int:
    """Remove the counts of windows that are over."""
    return PostCount.objects.filter(until__lt=timezone.now()).delete()[0]


def _in_cache(keys: Iterable[str], seconds: int) -> dict[str, int]:
    return {key: _incremented(f"crm-count-{key}", seconds) for key in keys}


def _incremented(key: str, seconds: int) -> int:
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key)
    except ValueError:
        # Evicted between the two calls: count this one.
        cache.set(key, 1, timeout=seconds)
        return 1


def _in_table(keys: Iterable[str], window: int, seconds: int) -> dict[str, int]:
    until = dt.datetime.fromtimestamp((window + 1) * seconds, dt.UTC)
    keys = list(keys)
    sql = UPSERT.format(
        table=PostCount._meta.db_table, rows=", ".join(["(%s, 1, %s)"] * len(keys))
    )
    moment = connection.ops.adapt_datetimefield_value(until)
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for key in keys for value in (key, moment)])
        return dict(cursor.fetchall())
