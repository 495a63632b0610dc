"""A worker that is killed between the message and its mark: thanked once, by the next."""

import datetime as dt
import os
import subprocess
import sys
import time

import pytest
from django.utils import timezone

from crm_plugin.bookings import thanks
from crm_plugin.bookings.models import Booking
from crm_plugin.delivery.models import Delivery
from tests import factories
from tests.delivery.test_crash import ROOT, database_url

WORKER = """
import pathlib, sys, time
import django
django.setup()
from django.conf import settings
settings.TASKS = {"crm": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
from crm_plugin.bookings import thanks
write = thanks._write
def slowly(*args):
    written = write(*args)
    pathlib.Path(sys.argv[1]).touch()
    time.sleep(60)
    return written
thanks._write = slowly
thanks.thank_due()
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def booking():
    contact = factories.ContactFactory(email="hanako@mail.example")
    service = factories.ServiceFactory(
        thanks_hours=1, thanks_topic=factories.TopicFactory()
    )
    ago = timezone.now() - dt.timedelta(hours=3)
    return factories.BookingFactory(
        contact=contact,
        service=service,
        starts_at=ago,
        came_at=ago,
        thanks_at=timezone.now() - dt.timedelta(minutes=5),
    )


def test_a_killed_worker_leaves_it_to_the_next_one(booking, tmp_path):
    written = tmp_path / "written"
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "example.settings.base",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'site'}",
        "DATABASE_URL": database_url(),
    }
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(written)], env=env)
    try:
        until = time.monotonic() + 60
        while not written.exists():
            assert worker.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
    finally:
        worker.kill()
        worker.wait()
    assert Booking.objects.get().thanked_at is None
    assert not Delivery.objects.exists()
    thanks.thank_due()
    thanks.thank_due()
    assert Delivery.objects.count() == 1
    assert Booking.objects.get().thanks == Delivery.objects.get()
