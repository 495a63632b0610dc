"""Who must never get an automatic answer: answering machines starts loops (RFC 3834).

A form post has an address only; a mail that becomes a submission has headers and a
return path, too. Its door keeps the reason as ``source["machine"]``.
"""

import re
from collections.abc import Mapping

# Mailboxes that no person reads.
_MACHINES = re.compile(
    r"(?:no[._-]?reply|do[._-]?not[._-]?reply|mailer-daemon|postmaster|bounces?"
    r"|abuse|daemon|nobody)(?:[+\-].*)?",
    re.IGNORECASE,
)
_IN_BULK = {"bulk", "list", "junk", "auto_reply"}
MACHINE = "machine"


def read_by_machine(address: str) -> bool:
    """Whether nobody reads this mailbox."""
    return bool(_MACHINES.fullmatch(address.partition("@")[0]))


def written_by_machine(headers: Mapping[str, str], *, return_path: str) -> str:
    """Why a mail must not be answered by a machine, in one word; "" where it may.

    *headers* as they came, in any case; *return_path* is the address on the envelope.
    """
    said = {name.lower(): value.strip().lower() for name, value in headers.items()}
    envelope = return_path.strip().strip("<>")
    if not envelope:
        return "null_return_path"
    if said.get("auto-submitted", "no").partition(";")[0].strip() != "no":
        return "auto_submitted"
    if said.get("precedence", "") in _IN_BULK:
        return "precedence"
    if any(name.startswith("list-") for name in said):
        return "list"
    return "mailbox" if read_by_machine(envelope) else ""
