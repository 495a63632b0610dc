"""``manage.py mail_sink``: the demo's mail server, on loopback only."""

import signal
import threading
from typing import Any

from aiosmtpd.controller import Controller
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from example.sink import KeepMessages


class Command(BaseCommand):
    help = "Take mail on a loopback port and keep it for /mailbox/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("port", nargs="?", type=int, default=8025)

    def handle(self, *args: Any, **options: Any) -> None:
        handler = KeepMessages(settings.MAILBOX_DIR)
        controller = Controller(handler, hostname="127.0.0.1", port=options["port"])
        controller.start()
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_signal: stop.set())
        stop.wait()
        controller.stop()
