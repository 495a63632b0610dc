"""A real mail server on the loopback that refuses what a test tells it to."""

from email import message_from_bytes, policy

from aiosmtpd.controller import Controller


class Sink:
    """Keeps what it accepted; ``refuse`` answers by address, ``hook`` looks on."""

    def __init__(self):
        self.raw = []
        self.recipients = []
        self.refuse = {}
        self.after_data = {}
        self.hook = None
        self.connections = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.refuse.get(address)
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else None
        if answer == "drop":
            server.transport.abort()
            return "421 bye"
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        answer = self.after_data.get(to)
        if answer == "drop":
            self.raw.append(envelope.content)
            server.transport.abort()
            return "421 bye"
        if answer:
            return answer
        self.raw.append(envelope.content)
        self.recipients.append(to)
        if self.hook:
            self.hook(to)
        return "250 OK"

    @property
    def messages(self):
        return [message_from_bytes(raw, policy=policy.default) for raw in self.raw]


class AnyPort(Controller):
    """A controller that lets the system choose the port."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def start(sink):
    controller = AnyPort(sink, hostname="127.0.0.1", port=0)
    controller.start()
    return controller, controller.port
