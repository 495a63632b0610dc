"""Processes that end when the one that started them is gone, however it ended.

The starter holds one end of a pipe and never writes; a child reads the other end, and
reads its end of file in the moment in which the starter is gone, even killed.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from django.conf import settings

GRACE_SECONDS = 30


class Leash:
    """Held by the process that starts others; let go when it ends."""

    def __init__(self) -> None:
        self._theirs, self._ours = os.pipe()

    def start(self, words: list[str], **popen: Any) -> subprocess.Popen:
        """Run ``manage.py WORDS`` on this leash, in a process group of its own."""
        manage = str(settings.ROOT / "manage.py")
        return subprocess.Popen(  # noqa: S603
            [sys.executable, manage, "leashed", str(self._theirs), *words],
            pass_fds=[self._theirs],
            start_new_session=True,
            **popen,
        )


def follow(end: int) -> None:
    """End this process and its group once nobody holds the leash any more."""
    threading.Thread(target=_wait, args=(end,), daemon=True).start()


def _wait(end: int) -> None:
    os.read(end, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)
