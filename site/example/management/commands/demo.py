"""``manage.py demo``: everything that a newcomer needs, started by one command."""

import io
import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from wagtail.models import Site

from example.leash import GRACE_SECONDS, Leash
from example.logins import LOGINS

HOST = "127.0.0.1"
START_SECONDS = 60
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def commands(port: int, mail_port: int) -> dict[str, list[str]]:
    """What runs beside this process: mail sink, web server, worker."""
    return {
        "mail": ["mail_sink", str(mail_port)],
        "web": ["runserver", f"{HOST}:{port}", "--noreload", "--skip-checks"],
        "worker": ["qcluster"],
    }


def interrupt(*_signal: Any) -> None:
    """Be stopped by a signal as by Ctrl-C, and only once."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


class Command(BaseCommand):
    help = "Prepare the example, then run web server, worker and mail sink."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo's passwords are for DEBUG only.")
        port = self._port("PORT", "8000")
        mail_port = self._port("SMTP_PORT", "8025", search=True)
        for number in STOPPING:
            signal.signal(number, interrupt)
        leash = Leash()
        children: dict[str, subprocess.Popen] = {}
        try:
            self.prepare(port)
            for name, words in commands(port, mail_port).items():
                self.log(name).parent.mkdir(exist_ok=True)
                with self.log(name).open("w") as output:
                    children[name] = leash.start(
                        words,
                        env=self.environ(port, mail_port),
                        stdout=output,
                        stderr=subprocess.STDOUT,
                    )
            self.wait_for_web(children["web"], port)
            self.say_hello(port)
            self.watch(children)
        except KeyboardInterrupt:
            self.stdout.write("Stopping …")
        finally:
            self.stop(children)

    def log(self, name: str) -> Path:
        """Where a child writes what it has to say."""
        return settings.VAR / "log" / f"{name}.log"

    def environ(self, port: int, mail_port: int) -> dict[str, str]:
        return {
            **os.environ,
            "EMAIL_URL": f"smtp://{HOST}:{mail_port}",
            "BASE_URL": f"http://{HOST}:{port}",
            "PYTHONUNBUFFERED": "1",
        }

    def _port(self, name: str, default: str, *, search: bool = False) -> int:
        said = os.environ.get(name) or default
        if not said.isdecimal() or not 0 < int(said) < 65_536:
            raise CommandError(f"{name} must be a port number, not “{said}”.")
        port = int(said)
        while search and not os.environ.get(name) and taken(port):
            port += 1
        if taken(port):
            raise CommandError(
                f"Port {port} is taken. Choose another one: {name}={port + 1} make demo"
            )
        return port

    def prepare(self, port: int) -> None:
        """Database, groups, pages and data: made once, left alone afterwards."""
        settings.VAR.mkdir(parents=True, exist_ok=True)
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("Preparing the database …")
            call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("crm_setup", verbosity=0)
        for site in Site.objects.filter(is_default_site=True):
            if (site.hostname, site.port) != (HOST, port):
                site.hostname, site.port = HOST, port
                site.save()
        call_command("load_example", verbosity=1)
        if not self.sheets.exists():
            call_command("example_files", self.sheets, stdout=io.StringIO())
        connection.close()

    @property
    def sheets(self) -> Path:
        return settings.VAR / "sheets"

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def wait_for_web(self, web: subprocess.Popen, port: int) -> None:
        """Until the web server accepts connections, or has given up."""
        until = time.monotonic() + START_SECONDS
        while web.poll() is None and time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex((HOST, port)) == 0:
                    return
            time.sleep(0.1)
        raise self.failure("web", "did not start")

    def say_hello(self, port: int) -> None:
        lines = [
            "",
            f"  Hinata:   http://{HOST}:{port}/",
            f"  Admin:    http://{HOST}:{port}/admin/",
            f"  Mailbox:  http://{HOST}:{port}/mailbox/",
            "",
            *(f"  {login.role:<9} {login.name} / {login.password}" for login in LOGINS),
            "",
            f"  Sheets to import are in {self.sheets}",
            f"  Logs are in {settings.VAR / 'log'}. Ctrl-C stops everything.",
            "",
        ]
        self.say("\n".join(lines))

    def watch(self, children: dict[str, subprocess.Popen]) -> None:
        """Until somebody says stop, or one of the three dies."""
        while True:
            for name, child in children.items():
                if child.poll() is not None:
                    raise self.failure(name, f"ended with {child.returncode}")
            time.sleep(0.5)

    def failure(self, name: str, what: str) -> CommandError:
        """An error that shows the last words of the child that caused it."""
        tail = "\n".join(self.log(name).read_text().splitlines()[-15:])
        return CommandError(f"{name} {what}.\n{tail}")

    def stop(self, children: dict[str, subprocess.Popen]) -> None:
        """Ask each child to end; what is left of its process group is ended hard."""
        for child in children.values():
            child.terminate()
        until = time.monotonic() + GRACE_SECONDS
        for child in children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=max(until - time.monotonic(), 0.1))
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
