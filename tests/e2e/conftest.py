"""The example site as a visitor and its staff meet it: three processes, one browser."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from wagtail.models import Page

from tests.template import copy

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    # Nothing outside this machine has an address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
HOME = {"127.0.0.1", "localhost"}
# A person's browser: clicks of a headless one are counted as a machine's.
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/{version} Safari/537.36"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address: str, process: subprocess.Popen, log: Path, seconds: int = 400):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"the demo stopped: {log.read_text()[-3000:]}")
        try:
            urllib.request.urlopen(address, timeout=10)  # noqa: S310
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return
        except OSError:
            time.sleep(0.5)
        else:
            return
    pytest.fail(f"no answer from {address}: {log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def migrated(django_db_setup, django_db_blocker):
    """The test database of this process: migrated, and as yet untouched; "" if none."""
    if not django_db_setup:
        return ""
    with django_db_blocker.unblock():
        untouched = Page.objects.filter(depth=1).exists()
        connection.close()
    return django_db_setup if untouched else ""


@pytest.fixture(scope="session")
def database_of_its_own(tmp_path_factory, migrated):
    """The demo's database, a copy of the migrated one: what says where it stands.

    That an empty database is migrated as well is what the wheel's tests show.
    """
    folder = tmp_path_factory.mktemp("demo")
    here = {"EXAMPLE_VAR": str(folder), "DATABASE_URL": ""}
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgres"):
        if migrated:
            copy(migrated, folder / "hinata.sqlite3")
        yield here
        return
    import psycopg

    name = f"crm_e2e_{os.getpid()}"
    server = address.split("?")[0].rsplit("/", 1)[0]
    template = f'TEMPLATE "{migrated}"' if migrated else ""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as door:
        door.execute(f'CREATE DATABASE "{name}" {template}')
    yield here | {"DATABASE_URL": f"{server}/{name}"}
    with psycopg.connect(f"{server}/postgres", autocommit=True) as door:
        door.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def surroundings(request):
    """The variables with which the demo runs; those given, for one that runs already."""
    given = {**os.environ, "DJANGO_SETTINGS_MODULE": "example.settings.dev"}
    if os.environ.get("CRM_E2E_ADDRESS"):
        return given
    environ = {
        **given,
        "PORT": str(free_port()),
        "SMTP_PORT": str(free_port()),
        "CRM_LAUNCH_GRACE_SECONDS": "10",
        **request.getfixturevalue("database_of_its_own"),
    }
    if not environ["DATABASE_URL"]:
        del environ["DATABASE_URL"]
    return environ


@pytest.fixture
def inside(hinata, surroundings):
    """Let the running site's own code tell something: what ``inside(code)`` prints."""

    def run(code: str) -> str:
        words = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
        told = subprocess.run(
            words, cwd=ROOT, env=surroundings, capture_output=True, text=True
        )
        assert told.returncode == 0, told.stderr[-2000:]
        return told.stdout.strip()

    return run


@pytest.fixture(autouse=True)
def nobody_posted_yet(request, surroundings):
    """All these people have one network and one browser: more than anybody believes."""
    if "hinata" not in request.fixturenames:
        return
    request.getfixturevalue("hinata")
    forget = "DELETE FROM crm_plugin_postcount"
    if address := surroundings.get("DATABASE_URL"):
        import psycopg

        with psycopg.connect(address) as door:
            door.execute(forget)
        return
    site = Path(surroundings["EXAMPLE_VAR"]) / "hinata.sqlite3"
    with closing(sqlite3.connect(site, timeout=30)) as door, door:
        door.execute(forget)


@pytest.fixture(scope="session")
def hinata(surroundings):
    """The address of a freshly started ``manage.py demo``.

    While a test is being written, ``CRM_E2E_ADDRESS`` names one that already runs, with
    ``EXAMPLE_VAR`` and ``DATABASE_URL`` as it was started.
    """
    if running := os.environ.get("CRM_E2E_ADDRESS"):
        yield running
        return
    environ, port = surroundings, surroundings["PORT"]
    log = Path(environ["EXAMPLE_VAR"]) / "demo.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/ja/", process, log)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="package")
def chromium():
    """One browser for all roads; gone with them, for its event loop shuts Django out."""
    if not CHROMIUM.exists():
        if os.environ.get("CRM_REQUIRE_ALL"):
            pytest.fail("Chromium is wanted and not there")
        pytest.skip("Chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser_window(chromium, hinata):
    """Open a browser of its own: ``browser_window("ja-JP", phone=True)`` → page.

    A request that would leave this machine finds nobody there and fails the test.
    """
    opened, strayed = [], []

    def note_strays(request):
        address = urlsplit(request.url)
        if address.scheme.startswith("http") and address.hostname not in HOME:
            strayed.append(request.url)

    def open_window(locale: str = "ja-JP", *, phone: bool = False):
        size = (
            {"width": 390, "height": 844} if phone else {"width": 1366, "height": 768}
        )
        context = chromium.new_context(
            base_url=hinata,
            locale=locale,
            viewport=size,
            user_agent=AGENT.format(version=chromium.version),
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        context.on("request", note_strays)
        opened.append(context)
        return context.new_page()

    yield open_window
    for context in opened:
        context.close()
    assert not strayed
