"""Run the given command against PostgreSQL and Redis, or say why it is skipped.

``CRM_REQUIRE_ALL=1`` makes a missing server an error (CI), elsewhere it is a message.
"""

import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit


def server() -> str:
    """The address at which databases are made and dropped."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path="/postgres", query=""))


def missing() -> str:
    """What cannot be reached, in one sentence; empty when both servers answer."""
    import psycopg
    import redis

    try:
        psycopg.connect(server(), connect_timeout=3).close()
        redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=3).ping()
    except (psycopg.OperationalError, redis.RedisError) as error:
        return f"PostgreSQL and Redis are wanted and not there: {error}".strip()
    return ""


def main() -> int:
    if why := missing():
        print(why, file=sys.stderr)  # noqa: T201
        return 1 if os.environ.get("CRM_REQUIRE_ALL") else 0
    template = f"{urlsplit(os.environ['DATABASE_URL']).path[1:]}_migrated"
    environ = {**os.environ, "TEST_TEMPLATE": template}
    try:
        return subprocess.run(sys.argv[1:], env=environ, check=False).returncode
    finally:
        drop(template)


def drop(database: str) -> None:
    import psycopg

    with psycopg.connect(server(), autocommit=True) as door:
        door.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


if __name__ == "__main__":
    sys.exit(main())
