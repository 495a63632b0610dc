"""Many visitors at one instant, a real web server, a real worker that is busy sending."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.contacts.models import Contact
from crm_plugin.intake.models import Submission
from crm_plugin.touchpoints.models import Inquiry
from tests.delivery.sink import Sink, start
from tests.delivery.test_crash import database_url, mailing_to
from tests.parallel import at_once

from .building import EMAIL, build, field

pytestmark = [
    pytest.mark.slow,
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
]
ROOT = Path(__file__).parents[2]
SETTINGS = """
from example.settings.base import *
ALLOWED_HOSTS = ["*"]
CRM_RATE_LIMIT_POSTS = CRM_RATE_LIMIT_BROWSER = 10**9
CRM_FORM_MIN_SECONDS = 0
CRM_SEND_PER_MINUTE = 0
"""
LETTERS = 2_000
SECONDS = 60


@pytest.fixture
def sink():
    sink = Sink()
    controller, sink.port = start(sink)
    yield sink
    controller.stop()


@pytest.fixture
def run(tmp_path, sink):
    """Start a command on the test database, as it runs in production."""
    call_command("createcachetable", "example_cache")
    (tmp_path / "crowd_settings.py").write_text(SETTINGS)
    path = [tmp_path, ROOT, ROOT / "site"]
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "crowd_settings",
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "DATABASE_URL": database_url(),
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "EXAMPLE_VAR": str(tmp_path),
    }
    started = []

    def begin(name, *command):
        log = (tmp_path / f"{name}.log").open("w")
        process = subprocess.Popen(
            [sys.executable, *command],
            env=env,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started.append((process, log))
        return process

    yield begin
    for process, log in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.close()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE example_cache")


@pytest.fixture
def logs(tmp_path):
    return lambda: "\n".join(path.read_text() for path in tmp_path.glob("*.log"))


@pytest.fixture
def busy(run, sink):
    """A worker that has begun to send a mailing, and is not through with it."""
    mailing = mailing_to(LETTERS)
    run("worker", "manage.py", "qcluster")
    queue.wake("deliver")
    until(lambda: len(sink.recipients) > 10, "the worker sends")
    return mailing


@pytest.fixture
def page(root):
    message = field("Message", "multiline", "message")
    return build(root, EMAIL, message)


def until(done, what):
    end = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def stamp_in(html):
    return re.search(r'name="crm_stamp" value="([^"]+)"', html)[1]


def all_taken_in(count):
    """Each is stored, and is a contact with an inquiry: nothing waits, nothing failed."""
    states = set(Submission.objects.values_list("state", flat=True))
    assert Submission.objects.count() == count
    assert states <= {"taken_in", "processed"}, states
    assert Inquiry.objects.count() == count
    assert Contact.objects.count() == LETTERS + count


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="it is about SQLite's one lock"
)
def test_200_at_one_instant_are_all_stored_while_a_worker_sends(
    page, busy, sink, settings, logs
):
    settings.CRM_RATE_LIMIT_POSTS = settings.CRM_RATE_LIMIT_BROWSER = 10**9
    settings.CRM_FORM_MIN_SECONDS = 0
    posts = []
    for number in range(200):
        browser = Client(raise_request_exception=True)
        stamp = stamp_in(browser.get(page.url).content.decode())
        said = {"e_mail": f"v{number}@mail.example", "message": f"Hello {number}"}
        posts.append((browser, {**said, "crm_stamp": stamp}))
    before = len(sink.recipients)

    def send(post):
        browser, said = post
        return browser.post(page.url, said).status_code

    assert at_once(send, posts, patience=SECONDS) == [302] * 200
    assert before < len(sink.recipients)
    all_taken_in(200)
    assert "locked" not in logs()


class Browser:
    """A visitor's browser on one form, over the network."""

    def __init__(self, port, path):
        self.port, self.path = port, path

    def ask(self, method, path, body=None, **headers):
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        wire.request(method, path, body, headers)
        answer = wire.getresponse()
        said = answer.read().decode()
        wire.close()
        return answer, said

    def fill_in(self, name):
        """Open, send and read the thank-you page; the three states that came back."""
        shown, html = self.ask("GET", self.path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)[1]
        said = {
            "csrfmiddlewaretoken": token,
            "crm_stamp": stamp_in(html),
            "e_mail": f"{name}@mail.example",
            "message": f"Hello from {name}",
        }
        cookie = shown.getheader("Set-Cookie").partition(";")[0]
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        sent, _html = self.ask("POST", self.path, urlencode(said), **kind)
        to = urlsplit(sent.getheader("Location", ""))
        thanks, _html = self.ask("GET", f"{to.path}?{to.query}")
        return shown.status, sent.status, thanks.status


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_gunicorn_answers_16_visitors_at_once_while_a_worker_sends(
    page, busy, run, sink, logs
):
    port, each = free_port(), 6
    words = f"-m gunicorn example.wsgi --workers 2 --bind 127.0.0.1:{port}"
    run("web", *words.split())
    until(lambda: answers(port), "gunicorn answers")
    before, began = len(sink.recipients), timezone.now()

    def visit(number):
        browser = Browser(port, page.url)
        return [browser.fill_in(f"v{number}-{turn}") for turn in range(each)]

    seen = at_once(visit, range(16), patience=SECONDS)
    assert {states for turns in seen for states in turns} == {(200, 302, 200)}
    assert before < len(sink.recipients)
    assert Submission.objects.filter(received_at__gt=began).count() == 16 * each
    all_taken_in(16 * each)
    said = logs()
    assert not re.search(r"locked|Traceback|WORKER TIMEOUT", said), said
