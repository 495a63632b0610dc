"""Run one function in several threads at one instant, each with its own connection."""

import threading
import time

from django.db import connections

PATIENCE = 30


def at_once(function, arguments, *, patience=PATIENCE):
    """The results of ``function(argument)``, started together; raises what one raised.

    All of them are done within *patience* seconds.
    """
    arguments = list(arguments)
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
