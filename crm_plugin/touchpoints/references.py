"""Reference numbers that people can read out on the telephone."""

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def make(letter: str) -> str:
    """A new reference such as ``Q-7KX2MPA``; *letter* says what it belongs to."""
    return f"{letter}-" + "".join(secrets.choice(ALPHABET) for _ in range(7))
