"""How many slips lie between two spellings."""


def slips(one: str, other: str, most: int = 2) -> int:
    """Letters added, left out, mistaken or swapped with their neighbour; at most *most* + 1.

    Optimal string alignment (Damerau, *A technique for computer detection and
    correction of spelling errors*, CACM 7, 1964). Where two spellings part, one of the
    slips happened: for the one or two that matter, trying each is quicker than a table.
    """
    if one == other:
        return 0
    if not most or abs(len(one) - len(other)) > most:
        return most + 1
    one, other = _unlike(one, other)
    if not one or not other:
        return len(one) + len(other)
    if len(one) == len(other) == 1:
        return 1
    rests = [(one[1:], other[1:]), (one[1:], other), (one, other[1:])]
    if one[:2] == other[1::-1]:
        rests.append((one[2:], other[2:]))
    return 1 + min(slips(mine, theirs, most - 1) for mine, theirs in rests)


def _unlike(one: str, other: str) -> tuple[str, str]:
    """Without what both begin and end with."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return one, other
