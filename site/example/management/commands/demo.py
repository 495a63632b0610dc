"""``manage.py demo``: everything that a newcomer needs, started by one command."""

import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from example.logins import LOGINS

GRACE_SECONDS = 30


def taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


class Command(BaseCommand):
    help = "Prepare the example, then run web server, worker and mail sink."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo's passwords are for DEBUG only.")
        port = self._port("PORT", "8000")
        mail_port = self._port("SMTP_PORT", "8025", search=True)
        self.prepare()
        environ = {
            **os.environ,
            "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
            "BASE_URL": f"http://localhost:{port}",
            "PYTHONUNBUFFERED": "1",
        }
        commands = {
            "mail": ["mail_sink", str(mail_port)],
            "web": ["runserver", f"127.0.0.1:{port}", "--noreload", "--skip-checks"],
            "worker": ["qcluster"],
        }
        children = {
            name: subprocess.Popen(  # noqa: S603
                [sys.executable, "manage.py", *words],
                env=environ,
                start_new_session=True,
            )
            for name, words in commands.items()
        }
        self.say_hello(port)
        try:
            self.wait(children)
        finally:
            self.stop(children)

    def _port(self, name: str, default: str, *, search: bool = False) -> int:
        port = int(os.environ.get(name, default))
        while search and name not in os.environ and taken(port):
            port += 1
        if taken(port):
            raise CommandError(
                f"Port {port} is taken. Choose another one: {name}={port + 1} make demo"
            )
        return port

    def prepare(self) -> None:
        """Database, groups, pages and data: made once, left alone afterwards."""
        settings.VAR.mkdir(parents=True, exist_ok=True)
        self.stdout.write("Preparing the database …")
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("crm_setup", verbosity=0)
        call_command("load_example", verbosity=1)

    def say_hello(self, port: int) -> None:
        lines = [
            "",
            f"  Hinata:   http://localhost:{port}/",
            f"  Admin:    http://localhost:{port}/admin/",
            f"  Mailbox:  http://localhost:{port}/mailbox/",
            "",
            *(f"  {login.role:<9} {login.name} / {login.password}" for login in LOGINS),
            "",
            "  Ctrl-C stops web server, worker and mail sink.",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def wait(self, children: dict[str, subprocess.Popen]) -> None:
        """Until somebody says stop, or one of the three dies."""

        def stop(*_signal: Any) -> None:
            raise KeyboardInterrupt

        signal.signal(signal.SIGTERM, stop)
        try:
            while True:
                for name, child in children.items():
                    if child.poll() is not None:
                        raise CommandError(f"{name} ended with {child.returncode}.")
                time.sleep(0.5)
        except KeyboardInterrupt:
            self.stdout.write("Stopping …")

    def stop(self, children: dict[str, subprocess.Popen]) -> None:
        """End the three by their own process groups, politely first."""
        for child in children.values():
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)
        until = time.monotonic() + GRACE_SECONDS
        for child in children.values():
            try:
                child.wait(timeout=max(until - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
