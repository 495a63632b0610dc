"""``django_tasks`` on django-q2, and the one schedule: the only place that knows it."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.utils import get_random_id

from .mistakes import Failed, trace_of


class DjangoQBackend(BaseTaskBackend):
    """``django_tasks`` on django-q2: enqueued on commit, plain values only."""

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        from django_q.tasks import async_task

        self.validate_task(task)
        result: TaskResult = TaskResult(
            task=task,
            id=get_random_id(),
            status=TaskResultStatus.READY,
            enqueued_at=timezone.now(),
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=args,
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
        transaction.on_commit(
            lambda: async_task(RUN, task.module_path, list(args), dict(kwargs))
        )
        return result


RUN = f"{__name__}.run_task"


TICK = "crm_plugin.queue.running.tick"


def run_task(path: str, args: list, kwargs: dict) -> None:
    """What django-q2 calls: the function or task at *path*, with plain values.

    It logs and keeps what a task raises, so the words of an error end here.
    """
    function = import_string(path)
    try:
        getattr(function, "call", function)(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 - of any class
        raise Failed(trace_of(error)) from None


def ensure_tick(**_signal: Any) -> None:
    """Keep the one schedule that the queue needs: a tick every minute.

    Where only some apps were migrated, its table may not be there yet.
    """
    from django_q.models import Schedule

    if Schedule._meta.db_table not in connection.introspection.table_names():
        return
    Schedule.objects.get_or_create(
        name="crm-tick",
        defaults={
            "func": RUN,
            "args": repr((TICK, [], {})),
            "schedule_type": Schedule.MINUTES,
            "minutes": 1,
            "next_run": timezone.now(),
            "repeats": -1,
        },
    )
