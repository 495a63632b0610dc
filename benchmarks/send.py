"""2,000 messages to an SMTP sink of constant time, against what SMTP alone costs."""

import multiprocessing
import smtplib
import socket
import time
import uuid

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone

from crm_plugin import models as m
from crm_plugin import queue
from crm_plugin.campaigns import launch
from crm_plugin.delivery.drain import drain

from . import generator
from .harness import Case, Report

SIZE = 4_000
MESSAGES = 2_000
GOAL_HAND, GOAL_DJANGO = 1.67, 1.0


def run(size: int) -> Report:
    generator.build(size)
    call_command("crm_setup", verbosity=0)
    port, sink = _start_sink()
    quiet = {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": port,
        "CRM_SEND_PER_MINUTE": 0,
        "CRM_LAUNCH_GRACE_SECONDS": 0,
        "CRM_WORK_SLICE_SECONDS": 300,
    }
    try:
        with override_settings(**quiet):
            ours, sent, sample = _ours()
            by_hand = _by_hand(port, sent, sample)
            django_way = _django_way(sent, sample)
    finally:
        sink.terminate()
    assert sent
    return Report(
        [
            Case(
                f"{sent} messages",
                ours,
                by_hand,
                "smtplib, constant message, two commits each",
                GOAL_HAND,
            ),
            Case(
                f"{sent} messages, Django",
                ours,
                django_way,
                "EmailMultiAlternatives, one connection",
                GOAL_DJANGO,
            ),
        ]
    )


def _discard(port_in) -> None:
    """A sink that answers at once and keeps nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port_in.send(server.getsockname()[1])
        while True:
            client, _address = server.accept()
            _talk(client)


def _talk(client: socket.socket) -> None:
    lines = client.makefile("rb")
    client.sendall(b"220 sink\r\n")
    for line in lines:
        verb = line[:4].upper()
        if verb == b"DATA":
            client.sendall(b"354 go\r\n")
            while lines.readline() != b".\r\n":
                pass
            client.sendall(b"250 ok\r\n")
        elif verb == b"EHLO":
            client.sendall(b"250-sink\r\n250 8BITMIME\r\n")
        elif verb == b"QUIT":
            client.sendall(b"221 bye\r\n")
            return
        else:
            client.sendall(b"250 ok\r\n")


def _start_sink() -> tuple[int, multiprocessing.Process]:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_discard, args=(sender,), daemon=True)
    process.start()
    return receiver.recv(), process


def _mailing() -> m.Mailing:
    from example.content import campaigns, pages, shop
    from example.logins import ensure_logins

    shop.build_shop()
    shop.build_segments()
    pages.build_pages()
    ensure_logins()
    campaign = campaigns._campaign("Benchmark", [])
    mailing = launch.launch(campaign, by=None, key=uuid.uuid4())
    queue.run_due("launch", seconds=60)
    mailing.refresh_from_db()
    keep = mailing.deliveries.filter(state="pending").values_list("pk", flat=True)[
        :MESSAGES
    ]
    rest = mailing.deliveries.filter(state="pending").exclude(pk__in=list(keep))
    rest.update(state="skipped", reason="cancelled")
    return mailing


def _ours() -> tuple[float, int, bytes]:
    """Claim, gates, merge, MIME, SMTP, record: the whole drain."""
    mailing = _mailing()
    started = time.perf_counter()
    while drain(300):
        pass
    taken = time.perf_counter() - started
    sent = mailing.deliveries.filter(state="sent").count()
    rendering = mailing.renderings.first()
    return taken, sent, rendering.html.encode()


def _by_hand(port: int, count: int, sample: bytes) -> float:
    """A constant message through one connection, two one-row commits for each."""
    body = b"Subject: x\r\nFrom: a@b.example\r\n\r\n" + sample.replace(b"\n", b"\r\n")
    row = m.Delivery.objects.filter(state="sent").first()
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for number in range(count):
            m.Delivery.objects.filter(pk=row.pk).update(handed_at=timezone.now())
            smtp.sendmail("a@b.example", [f"g{number}@mail.example"], body)
            m.Delivery.objects.filter(pk=row.pk).update(sent_at=timezone.now())
    return time.perf_counter() - started


def _django_way(count: int, sample: bytes) -> float:
    html = sample.decode()
    started = time.perf_counter()
    connection = get_connection()
    connection.open()
    for number in range(count):
        mail = EmailMultiAlternatives(
            "x",
            "text",
            "a@b.example",
            [f"g{number}@mail.example"],
            connection=connection,
        )
        mail.attach_alternative(html, "text/html")
        mail.send()
    connection.close()
    return time.perf_counter() - started
