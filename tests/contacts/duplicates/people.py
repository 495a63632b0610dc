"""People written by hand: nothing here comes from the benchmark's generator."""

import datetime as dt

from crm_plugin.contacts import points
from crm_plugin.contacts.duplicates.counts import Counts
from crm_plugin.contacts.duplicates.keys import keys
from crm_plugin.contacts.duplicates.persons import Person, Reader
from crm_plugin.contacts.duplicates.scoring import Verdict, score

SIZE = 50_000
# How often these names stand on record, as the nightly count would say.
NAMES = """佐藤 sato 750|鈴木 suzuki 700|高橋 takahashi 550|田中 tanaka 520|大野 ono 80|小野 ono 105
斉藤 saito 215|花子 hanako 150|太郎 taro 200|陽子 yoko 180|健太 kenta 160|健斗 kento 140|優子 yuko 170
裕子 yuko 160|裕子 hiroko 120|由紀 yuki 150|美咲 misaki 300|五十嵐 igarashi 50|smith smith 300
john jon 120|mary mary 110|robert robert 90|勅使河原 teshigawara 4|タケシ takeshi 20|武 takeshi 90
黒柳 kuroyanagi 12|徹 toru 100|翼 tsubasa 60|ケンタ kenta 30|ケント kento 30"""


def counts(contacts: int = SIZE) -> Counts:
    rows = [entry.split() for entry in NAMES.replace("\n", "|").split("|")]
    return Counts(
        [
            ("", "2026-11-22T00:00:00.000000 1", contacts),
            *((w, s, max(int(c) * contacts // SIZE, 1)) for w, s, c in rows),
        ]
    )


def person(pk: int, name: str, kana: str = "", born: str = "", **reach: str) -> Person:
    """``person(1, "佐藤 花子", "サトウ ハナコ", email=…)``; the family name first."""
    names = [*(name.split(" ") + [""])[:2], *(kana.split(" ") + [""])[:2]]
    said = [
        (kind, points.norm(kind, value), value)
        for kind, values in reach.items()
        for value in values.split(" | ")
    ]
    birth = dt.date.fromisoformat(born) if born else None
    return Reader(counts()).person(pk, names, birth, said)


def verdict(one: tuple, other: tuple, *, sharing: int = 1) -> Verdict | None:
    """What is said about two records; *sharing* people have each common value."""
    first, second = (
        person(pk, *args[:-1], **args[-1]) for pk, args in enumerate((one, other), 1)
    )
    return score(first, second, counts(), lambda _key: sharing)


def meet(one: tuple, other: tuple) -> bool:
    """Whether the search would compare these two at all."""
    first, second = (
        keys(person(pk, *args[:-1], **args[-1]), counts())
        for pk, args in enumerate((one, other), 1)
    )
    return bool(first & second)
