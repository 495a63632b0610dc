"""U10: two machines never keep answering each other (RFC 3834)."""

import datetime as dt
import email
from email import policy

import pytest

from crm_plugin import queue
from crm_plugin.delivery.drain import drain
from crm_plugin.intake import loops
from crm_plugin.models import Delivery, Submission
from tests import factories
from tests.delivery.conftest import sink  # noqa: F401

ROUNDS = 11
ROBOT = "robot@far.example"


@pytest.mark.parametrize(
    ("headers", "return_path", "reason"),
    [
        ({}, "", "null_return_path"),
        ({}, "<>", "null_return_path"),
        ({"Auto-Submitted": "auto-replied"}, ROBOT, "auto_submitted"),
        ({"auto-submitted": "Auto-Generated; owner=x"}, ROBOT, "auto_submitted"),
        ({"Precedence": "bulk"}, ROBOT, "precedence"),
        ({"PRECEDENCE": "List"}, ROBOT, "precedence"),
        ({"Precedence": "auto_reply"}, ROBOT, "precedence"),
        ({"Precedence": "junk"}, ROBOT, "precedence"),
        ({"List-Id": "<news.far.example>"}, ROBOT, "list"),
        ({"List-Unsubscribe": "<mailto:x@far.example>"}, ROBOT, "list"),
        ({}, "<noreply@far.example>", "mailbox"),
        ({}, "MAILER-DAEMON@far.example", "mailbox"),
        ({}, "hanako@mail.example", ""),
        ({"Auto-Submitted": "no", "Precedence": "first-class"}, ROBOT, ""),
    ],
)
def test_u10_no_machine_answers_what_a_machine_wrote(headers, return_path, reason):
    found = loops.written_by_machine(headers, return_path=return_path)
    assert found == reason


@pytest.mark.django_db
def test_u10_what_came_by_a_machines_mail_is_taken_in_and_not_answered(send):
    row = send(email=ROBOT, message="I am away", source={"machine": "auto_submitted"})
    assert row.state == Submission.State.PROCESSED
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_u10_our_automatic_mail_says_so(send, sink):  # noqa: F811
    factories.SenderFactory()
    send(email="hanako@mail.example", message="A table?")
    drain()
    headers = email.message_from_bytes(sink.raw[-1], policy=policy.default)
    assert headers["Auto-Submitted"] == "auto-generated"
    assert "AutoReply" in headers["X-Auto-Response-Suppress"]


class Robot:
    """An auto-responder behind an address: answers every mail that it gets.

    *polite* says in a header that it is one, as RFC 3834 asks.
    """

    def __init__(self, address, send, *, polite):
        self.address, self.send, self.polite = address, send, polite
        self.seen = 0

    def headers(self):
        return {"Auto-Submitted": "auto-replied"} if self.polite else {}

    def look(self):
        """Answer each new mail of ours into the mailbox that becomes submissions."""
        mails = Delivery.objects.filter(address=self.address).count()
        for number in range(self.seen, mails):
            reason = loops.written_by_machine(self.headers(), return_path=self.address)
            self.send(
                email=self.address,
                message=f"I am away ({number})",
                source={"machine": reason} if reason else {},
            )
        self.seen = mails


@pytest.mark.django_db
@pytest.mark.parametrize("polite", [True, False])
def test_u10_two_auto_responders_get_one_mail_a_day(send, time_machine, polite):
    """One behind the visitor's address, one that turns the shop's mail into forms."""
    time_machine.move_to("2026-05-11T10:00:00+09:00")
    robot = Robot(ROBOT, send, polite=polite)
    send(email=ROBOT, message="Hello")
    for _round in range(ROUNDS):
        time_machine.shift(dt.timedelta(minutes=30))
        robot.look()
        queue.run_due("intake")
    assert Delivery.objects.filter(address=ROBOT).count() == 1
    assert Submission.objects.count() <= 2


@pytest.mark.django_db
def test_u10_a_robot_that_fills_in_the_form_itself_gets_one_mail_a_day(
    send, time_machine
):
    time_machine.move_to("2026-05-11T10:00:00+09:00")
    for number in range(40):
        time_machine.shift(dt.timedelta(minutes=30))
        send(email=ROBOT, message=f"Hello {number}")
    assert Delivery.objects.filter(address=ROBOT).count() == 1
    time_machine.shift(dt.timedelta(hours=5))
    send(email=ROBOT, message="Hello again")
    assert Delivery.objects.filter(address=ROBOT).count() == 2
