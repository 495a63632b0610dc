"""What the demo starts ends with it, even when it is killed and cannot say so."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 60
HOLDER = """
import os, sys
sys.path[:0] = ["site", "."]
os.environ["DJANGO_SETTINGS_MODULE"] = "example.settings.test"
from example.leash import Leash
print(Leash().start(["mail_sink", sys.argv[1]]).pid, flush=True)
sys.stdin.read()
"""


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(said):
    until = time.monotonic() + SECONDS
    while not said():
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def holder(port, tmp_path):
    """A process that holds the leash of a running mail sink."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(port)],
        cwd=ROOT,
        env={**os.environ, "EXAMPLE_VAR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    child = int(process.stdout.readline())
    wait_until(lambda: answers(port))
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    if answers(port):
        os.killpg(child, signal.SIGKILL)


def test_a_child_ends_when_its_starter_is_killed(holder, port):
    holder.kill()
    holder.wait()
    wait_until(lambda: not answers(port))


def test_a_child_lives_as_long_as_its_starter(holder, port):
    time.sleep(1)
    assert answers(port)
