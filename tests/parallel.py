"""Run one function in several threads at one instant, each with its own connection."""

import threading

from django.db import connections

PATIENCE = 30


def at_once(function, arguments):
    """The results of ``function(argument)``, started together; raises what one raised."""
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
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]
    return results
