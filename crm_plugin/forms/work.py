"""Proof of work: a second of computing that a person does not notice.

An option (``CRM_PROOF_OF_WORK``, in bits) for sites that are flooded by programs which
read the form and wait. The browser looks for a number; checking it costs nothing. It
needs no other server, no cookie and no picture to decipher. A visitor without script
sends the form as ever: it waits for a person's look instead.
"""

import hashlib

# 22 bits take a phone half a minute; more would lock people out.
MOST_BITS = 22


def challenge(nonce: str) -> str:
    """What the browser works on; short, so that a try is one round of the hash."""
    return hashlib.sha256(f"crm-work-{nonce}".encode()).hexdigest()[:32]


def solved(nonce: str, answer: str, bits: int) -> bool:
    """Whether *answer* makes the hash begin with so many zero bits; true for none."""
    if bits <= 0:
        return True
    if not nonce or not answer.isdecimal() or len(answer) > 12:
        return False
    tried = f"{challenge(nonce)}{answer}".encode()
    digest = hashlib.sha256(tried).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0
