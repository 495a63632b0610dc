"""A real mail server on the loopback that refuses what a test tells it to."""

from email import message_from_bytes, policy

from aiosmtpd.controller import Controller


class Sink:
    """Keeps what was accepted; ``refuse`` answers by address, ``hook`` looks on."""

    def __init__(self):
        self.raw = []
        self.recipients = []
        self.refuse = {}
        self.after_data = {}
        self.hook = None
        self.connections = 0

    @property
    def messages(self):
        return [message_from_bytes(raw, policy=policy.default) for raw in self.raw]


class Door:
    """What the server calls; it looks at every member on each connection: only verbs."""

    def __init__(self, sink):
        self.sink = sink

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.sink.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.sink.refuse.get(address)
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
        answer = self.sink.after_data.get(to)
        if answer == "drop":
            self.sink.raw.append(envelope.content)
            server.transport.abort()
            return "421 bye"
        if answer:
            return answer
        self.sink.raw.append(envelope.content)
        self.sink.recipients.append(to)
        if self.sink.hook:
            self.sink.hook(to)
        return "250 OK"


class AnyPort(Controller):
    """A controller that lets the system choose the port."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def start(sink):
    controller = AnyPort(Door(sink), hostname="127.0.0.1", port=0)
    controller.start()
    return controller, controller.port
