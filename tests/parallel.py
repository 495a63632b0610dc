"""Run one function in several threads at one instant, each with its own connection."""

import threading
import time

from django.db import connection, connections

PATIENCE = 30
FREE = """
    SELECT current_setting('max_connections')::int - count(*)
    FROM pg_stat_activity WHERE backend_type = 'client backend'
"""


def at_once(function, arguments, *, patience=PATIENCE):
    """The results of ``function(argument)``, started together; raises what one raised.

    All of them are done within *patience* seconds.
    """
    arguments = list(arguments)
    wait_for_room(len(arguments))
    start = threading.Barrier(len(arguments), timeout=PATIENCE)
    results, errors = [], []

    def run(argument):
        try:
            start.wait()
            results.append(function(argument))
        except Exception as error:  # noqa: BLE001 - raised below, in the test's thread
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[each]) for each in arguments]
    until = time.monotonic() + patience
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, until - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]
    return results


def wait_for_room(number, *, spare=5):
    """Return when the server takes *number* connections more, and a few for others.

    It notices a little late that those of the round before are closed.
    """
    if connection.vendor != "postgresql":
        return
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(FREE)
            if cursor.fetchone()[0] >= number + spare:
                return
        time.sleep(0.05)
    raise AssertionError(f"The server has no room for {number} connections.")
