"""The queue: does a worker live, and was work given up?"""

from collections.abc import Iterator

from django.conf import settings

from crm_plugin import queue

from .findings import Finding, error, ok, warning


def about_queue() -> Iterator[Finding]:
    seen = queue.last_beat()
    if seen and queue.alive():
        yield ok(f"a worker was seen at {seen:%Y-%m-%d %H:%M:%S %Z}")
    else:
        since = f"since {seen:%Y-%m-%d %H:%M %Z}" if seen else "was ever seen"
        yield error(
            f"no worker {since}",
            "Start `manage.py qcluster`, or crm_work every minute; else nothing is sent.",
        )
    cluster = getattr(settings, "Q_CLUSTER", {})
    if cluster.get("retry", 60) <= (cluster.get("timeout") or 60):
        yield error("Q_CLUSTER retries what still runs", "Make retry exceed timeout.")
    failed = queue.Work.objects.filter(state=queue.Work.State.FAILED).count()
    if failed:
        yield warning(
            f"{failed} pieces of work were given up",
            "`crm_work` names them; start them again on the screen they belong to.",
        )
