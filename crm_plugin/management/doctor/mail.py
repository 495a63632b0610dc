"""Mail: is there a way out, a name to write in, and something to write about?"""

from collections.abc import Iterator

from django.conf import settings
from django.core.mail import get_connection

from crm_plugin.models import Delivery, Sender, Topic

from .findings import Finding, error, ok, warning

CONNECT_SECONDS = 10


def about_mail() -> Iterator[Finding]:
    yield _about_transport()
    if not Sender.objects.exists():
        yield error("no sender", "Add one under CRM settings → Senders.")
    for sender in Sender.objects.select_related("site"):
        if not (sender.organisation and sender.postal_address and sender.contact):
            yield error(
                f"sender {sender.pk} lacks what the law wants shown in every newsletter",
                "Fill in business, postal address and where to complain.",
            )
        if sender.from_email.endswith(("@localhost", "@example.com")):
            yield error(f"sender {sender.pk} has no real address", "Correct it.")
    if not Topic.objects.filter(active=True).exists():
        yield error("no topic", "Run `manage.py crm_setup`.")
    uncertain = Delivery.objects.filter(state=Delivery.State.UNCERTAIN).count()
    if uncertain:
        yield warning(
            f"{uncertain} messages may or may not have left",
            "Look for them in the mail server's log; they are never repeated unasked.",
        )


def _about_transport() -> Finding:
    name = settings.EMAIL_BACKEND
    if "smtp" not in name:
        if "anymail" in name:
            return ok(f"mail goes through {name}")
        return warning(f"mail back end {name}", "No mail leaves: set EMAIL_BACKEND.")
    server = get_connection(timeout=CONNECT_SECONDS)
    try:
        server.open()
        server.close()
    except OSError as trouble:
        return error(
            f"the mail server does not answer: {type(trouble).__name__}",
            "Check EMAIL_HOST, EMAIL_PORT, user and password.",
        )
    return ok("the mail server answers")
