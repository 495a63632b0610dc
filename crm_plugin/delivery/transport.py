"""Handing a message to a mail server, and what each way of failing means.

With Django's SMTP back end we speak to its open connection ourselves: only so is it
known whether the server took the message. Any other back end is called as it is.
"""

import smtplib
from contextlib import suppress
from email import message_from_bytes, policy
from typing import Any, Protocol, cast

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend


class Unavailable(Exception):
    """No server to speak to: the fault of nobody's address."""


class Refused(Exception):
    """The server said no before it had the message.

    ``permanent``: trying again is useless; ``bounced``: the address does not exist.
    """

    def __init__(
        self, code: int, said: str, *, permanent: bool = False, bounced: bool = False
    ) -> None:
        super().__init__(f"{code} {said}")
        self.permanent, self.bounced = permanent, bounced


class Lost(Exception):
    """The connection broke before the message was handed over: try again."""


class Unclear(Exception):
    """The connection broke after the message was handed over: nobody knows."""


class Transport(Protocol):
    def open(self) -> None:
        """Be ready to send. Raises ``Unavailable``."""

    def send(self, sender: str, to: str, data: bytes) -> None:
        """Raises ``Unavailable``, ``Refused``, ``Lost`` or ``Unclear``."""

    def close(self) -> None: ...


def transport() -> Transport:
    """The way out that the site's mail settings describe."""
    connection = get_connection()
    if isinstance(connection, EmailBackend):
        return SmtpTransport(connection)
    return DjangoTransport(connection)


class SmtpTransport:
    """One open SMTP connection, opened anew when it broke."""

    def __init__(self, connection: EmailBackend) -> None:
        self.connection = connection
        connection.fail_silently = False

    def open(self) -> None:
        if self.connection.connection is not None:
            return
        try:
            self.connection.open()
            self._smtp().ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise Unavailable(type(error).__name__) from error

    def _smtp(self) -> smtplib.SMTP:
        return cast(smtplib.SMTP, self.connection.connection)

    def send(self, sender: str, to: str, data: bytes) -> None:
        self.open()
        smtp = self._smtp()
        try:
            self._envelope(smtp, sender, to)
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self.close()
            raise Lost(type(error).__name__) from error
        try:
            smtp.send(data + b".\r\n")
            code, said = smtp.getreply()
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self.close()
            raise Unclear(type(error).__name__) from error
        if code != 250:
            self._refuse(smtp, code, said)

    def _envelope(self, smtp: smtplib.SMTP, sender: str, to: str) -> None:
        """Everything up to the server's "go ahead"."""
        code, said = smtp.docmd("MAIL", f"FROM:<{sender}>")
        if code != 250:
            # Our own name was refused: never the recipient's fault.
            self._refuse(smtp, min(code, 499), said)
        code, said = smtp.docmd("RCPT", f"TO:<{to}>")
        if code not in (250, 251):
            self._refuse(smtp, code, said, recipient=True)
        code, said = smtp.docmd("DATA")
        if code != 354:
            self._refuse(smtp, code, said)

    def _refuse(
        self, smtp: smtplib.SMTP, code: int, said: bytes, *, recipient: bool = False
    ) -> None:
        text = said.decode("utf-8", "replace")
        if code == 421:
            self.close()
        else:
            with suppress(OSError, smtplib.SMTPException):
                smtp.rset()
        raise Refused(
            code,
            text,
            permanent=code >= 500,
            bounced=no_such_address(code, text, recipient=recipient),
        )

    def close(self) -> None:
        with suppress(OSError, smtplib.SMTPException):
            self.connection.close()
        self.connection.connection = None


def no_such_address(code: int, said: str, *, recipient: bool) -> bool:
    """Whether a refusal means that the address does not exist (RFC 3463, 5.1.x)."""
    status = said.split(maxsplit=1)[0] if said else ""
    if status.count(".") == 2 and status[0].isdigit():
        return status.startswith("5.1.") and status not in ("5.1.7", "5.1.8")
    return recipient and code in (550, 551, 553)


class _Ready(EmailMessage):
    """A finished message in the shape that Django's back ends ask for."""

    def __init__(self, sender: str, to: str, data: bytes) -> None:
        self.parsed: Any = message_from_bytes(data, policy=policy.SMTP)
        body = self.parsed.get_body(("plain",))
        super().__init__(
            subject=str(self.parsed["Subject"]),
            body=body.get_content() if body else "",
            from_email=sender,
            to=[to],
        )

    def message(self, **options: Any) -> Any:
        return self.parsed


class DjangoTransport:
    """Any other back end: in memory, console, a provider's."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def open(self) -> None:
        try:
            self.connection.open()
        except OSError as error:
            raise Unavailable(type(error).__name__) from error

    def send(self, sender: str, to: str, data: bytes) -> None:
        try:
            self.connection.send_messages([_Ready(sender, to, data)])
        except (OSError, smtplib.SMTPException) as error:
            raise Unclear(type(error).__name__) from error

    def close(self) -> None:
        with suppress(OSError):
            self.connection.close()
