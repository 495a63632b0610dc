"""Real workers, killed at any moment: nobody gets two, nobody is forgotten (D1, D2)."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from crm_plugin.delivery import mailings
from crm_plugin.models import Consent, Contact, ContactPoint, Delivery, Mailing
from tests import factories
from tests.delivery.sink import Sink, start

ROOT = Path(__file__).parents[2]
LEASE = 3
WORKER = f"""
import django
django.setup()
from django.conf import settings
settings.CRM_SEND_PER_MINUTE = 0
settings.CRM_WORK_LEASE_SECONDS = {LEASE}
settings.TASKS = {{"crm": {{"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}}}
import time
from crm_plugin.delivery.drain import drain
while True:
    if not drain(5):
        time.sleep(0.2)
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def sink():
    sink = Sink()
    controller, sink.port = start(sink)
    yield sink
    controller.stop()


@pytest.fixture
def workers(sink):
    """Start worker processes on the test database; whatever is left dies at the end."""
    alive: list[subprocess.Popen] = []

    def begin():
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "example.settings.base",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'site'}",
            "DATABASE_URL": database_url(),
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        }
        alive.append(subprocess.Popen([sys.executable, "-c", WORKER], env=env))
        return alive[-1]

    yield begin
    for process in alive:
        process.kill()
        process.wait()


def database_url():
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    secret = f":{at['PASSWORD']}" if at["PASSWORD"] else ""
    host = f"{at['HOST'] or 'localhost'}:{at['PORT'] or 5432}"
    return f"postgres://{at['USER']}{secret}@{host}/{at['NAME']}"


def mailing_to(count):
    rendering = factories.RenderingFactory()
    mailing = rendering.mailing
    people = Contact.objects.bulk_create(
        [Contact(given_name=f"g{number}") for number in range(count)]
    )
    points = ContactPoint.objects.bulk_create(
        [
            ContactPoint(
                contact=person,
                kind="email",
                value=f"{person.given_name}@mail.example",
                value_norm=f"{person.given_name}@mail.example",
            )
            for person in people
        ]
    )
    now = timezone.now()
    Consent.objects.bulk_create(
        [
            Consent(point=point, topic=mailing.topic, state="granted", at=now)
            for point in points
        ]
    )
    Delivery.objects.bulk_create(
        [
            Delivery(
                mailing=mailing,
                topic=mailing.topic,
                sender=mailing.sender,
                kind="campaign",
                contact=point.contact,
                point=point,
                address=point.value,
                address_norm=point.value_norm,
                language="ja",
                rendering=rendering,
            )
            for point in points
        ]
    )
    return mailing


def finished(mailing):
    return Mailing.objects.filter(pk=mailing.pk, state="finished").exists()


def wait_for(mailing, seconds):
    """Until the mailing is finished, or nothing has moved for so many *seconds*."""
    moved, until = None, 0.0
    while not finished(mailing):
        counts = mailings.counts(mailing)
        if counts != moved:
            moved, until = counts, time.monotonic() + seconds
        assert time.monotonic() < until, counts
        time.sleep(0.3)


def wait_for_more(sink, messages):
    """Until so many more were sent, however fast the workers are; ten seconds at most."""
    wanted, until = len(sink.recipients) + messages, time.monotonic() + 10
    while len(sink.recipients) < wanted and time.monotonic() < until:
        time.sleep(0.005)


def nobody_twice_nobody_lost(mailing, sink, *, uncertain):
    counts = mailings.counts(mailing)
    doubled = [to for to, n in Counter(sink.recipients).items() if n > 1]
    assert doubled == []
    sent = set(
        mailing.deliveries.filter(state="sent").values_list("address", flat=True)
    )
    assert sent <= set(sink.recipients)
    assert counts.get(("uncertain", ""), 0) <= uncertain
    assert (
        counts["sent", ""] + counts.get(("uncertain", ""), 0)
        == mailing.deliveries.count()
    )


def test_killed_workers_send_nothing_twice_and_lose_nothing(workers, sink):
    kills, rng = 20, random.Random(1)
    mailing = mailing_to(2_000)
    crew = [workers(), workers()]
    killed = 0
    for _ in range(kills):
        wait_for_more(sink, rng.randrange(20, 120))
        if finished(mailing):
            break
        crew[victim := rng.randrange(2)].kill()
        crew[victim].wait()
        crew[victim] = workers()
        killed += 1
    wait_for(mailing, 60 + LEASE)
    assert killed > 10
    nobody_twice_nobody_lost(mailing, sink, uncertain=killed)


def test_a_crowd_of_workers_sends_nothing_twice(workers, sink):
    mailing = mailing_to(600)
    for _ in range(4):
        workers()
    wait_for(mailing, 120)
    nobody_twice_nobody_lost(mailing, sink, uncertain=0)


def test_a_worker_that_sleeps_past_its_lease_sends_nothing_twice(workers, sink):
    mailing = mailing_to(800)
    sleeper = workers()
    until = time.monotonic() + 60
    while len(sink.recipients) < 50 and time.monotonic() < until:
        time.sleep(0.05)
    sleeper.send_signal(signal.SIGSTOP)
    workers()
    time.sleep(LEASE * 3)
    sleeper.send_signal(signal.SIGCONT)
    wait_for(mailing, 120)
    nobody_twice_nobody_lost(mailing, sink, uncertain=1)
