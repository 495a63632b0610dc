"""What is kept of the browser in which somebody agreed: its network and a hash."""

from django.http import HttpRequest

from crm_plugin import signing
from crm_plugin.intake import spam, submissions


def of(request: HttpRequest) -> dict[str, str]:
    """``ip`` (truncated) and ``agent_hash``, as the ledger takes them."""
    ip = spam.client_address(
        request.META.get("REMOTE_ADDR", ""), request.headers.get("x-forwarded-for", "")
    )
    agent = request.headers.get("user-agent", "")
    return {
        "ip": submissions.network_of(ip),
        "agent_hash": signing.keyed_hash(agent) if agent else "",
    }
