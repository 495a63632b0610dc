"""How many slips lie between two spellings."""


def slips(one: str, other: str, most: int = 2) -> int:
    """Letters added, left out, mistaken or swapped with their neighbour; at most *most* + 1.

    Optimal string alignment (Damerau, *A technique for computer detection and
    correction of spelling errors*, CACM 7, 1964).
    """
    if one == other:
        return 0
    if abs(len(one) - len(other)) > most:
        return most + 1
    one, other = _unlike(one, other)
    if not one or not other:
        return min(len(one) + len(other), most + 1)
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, last, row = row, before, [place]
        for there, theirs in enumerate(other, 1):
            cost = min(
                before[there] + 1,
                row[there - 1] + 1,
                before[there - 1] + (letter != theirs),
            )
            if (
                last
                and there > 1
                and letter == other[there - 2]
                and one[place - 2] == theirs
            ):
                cost = min(cost, last[there - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def _unlike(one: str, other: str) -> tuple[str, str]:
    """Without what both begin and end with."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return one, other
