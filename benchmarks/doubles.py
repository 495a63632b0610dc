"""Write a person down a second time, as people do: misspelt, moved, married, swapped."""

import random
from collections.abc import Callable

import jaconv

from .people import Someone, World

LETTERS = "abcdefghijklmnopqrstuvwxyz"
KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン"
VARIANTS = {
    "高": "髙",
    "崎": "﨑",
    "沢": "澤",
    "浜": "濱",
    "島": "嶋",
    "広": "廣",
    "斎": "斉",
    "渡辺": "渡邊",
    "桜": "櫻",
    "恵": "惠",
    "真": "眞",
    "徳": "德",
}


def romaji(kana: str, style: int = 0) -> str:
    """Latin letters in one of four ways to write long vowels."""
    spoken = jaconv.kana2alphabet(jaconv.kata2hira(kana)).replace("-", "")
    if style == 1:
        return spoken
    for long, short in (("ou", "o"), ("oo", "o"), ("uu", "u")):
        macron = {"o": "ō", "u": "ū"}[short]
        oh = "oh" if spoken.endswith(long) and short == "o" else short
        spoken = spoken.replace(long, {0: short, 2: macron, 3: oh}[style])
    return spoken


def mistyped(rng: random.Random, text: str, letters: str) -> str:
    """One letter wrong, missing, doubled, or two swapped."""
    place = rng.randrange(len(text))
    act = rng.randrange(4)
    if act == 0:
        return text[:place] + rng.choice(letters) + text[place + 1 :]
    if act == 1 and len(text) > 3:
        return text[:place] + text[place + 1 :]
    if act == 2:
        return text[:place] + text[place] + text[place:]
    place = min(place, len(text) - 2) if len(text) > 1 else 0
    return text[:place] + text[place : place + 2][::-1] + text[place + 2 :]


def _kana_slip(one: Someone, world: World) -> Someone:
    part = world.rng.choice(["family_kana", "given_kana"])
    if not getattr(one, part):
        return _name_slip(one, world)
    return one.but(**{part: mistyped(world.rng, getattr(one, part), KANA)})


def _name_slip(one: Someone, world: World) -> Someone:
    """In Latin letters, or in kana where the kanji were left out."""
    part = world.rng.choice(["family", "given"])
    if one.family_kana:
        one = one.but(family=one.family_kana, given=one.given_kana)
        slip = mistyped(world.rng, getattr(one, part), KANA)
        return one.but(**{part: slip, "family_kana": "", "given_kana": ""})
    return one.but(**{part: mistyped(world.rng, getattr(one, part), LETTERS)})


def _email_slip(one: Someone, world: World) -> Someone:
    local, _at, domain = one.points.get("email", "").partition("@")
    if not local:
        return _kana_slip(one, world)
    if world.rng.random() < 0.3:
        domain = (
            mistyped(world.rng, domain.split(".")[0], LETTERS)
            + "."
            + domain.split(".", 1)[1]
        )
    else:
        local = mistyped(world.rng, local, LETTERS)
    return one.but(points={"email": f"{local}@{domain}"})


def _phone_slip(one: Someone, world: World) -> Someone:
    phone = one.points.get("phone", "")
    if not phone:
        return _email_slip(one, world)
    return one.but(
        points={"phone": phone[:3] + mistyped(world.rng, phone[3:], "0123456789")}
    )


def _in_latin(one: Someone, world: World) -> Someone:
    if not one.family_kana:
        return _email_slip(one, world)
    style = world.rng.randrange(4)
    family, given = (
        romaji(kana, style).capitalize() for kana in (one.family_kana, one.given_kana)
    )
    return one.but(family=family, given=given, family_kana="", given_kana="")


def _in_kana(one: Someone, world: World) -> Someone:
    if not one.family_kana:
        return one.but(family=one.family.upper(), given=one.given.lower())
    turn = world.rng.choice([jaconv.kata2hira, jaconv.z2h, str])
    return one.but(
        family=turn(one.family_kana),
        given=turn(one.given_kana),
        family_kana="",
        given_kana="",
    )


def _kanji_alone(one: Someone, _world: World) -> Someone:
    return one.but(family_kana="", given_kana="")


def _variant(one: Someone, _world: World) -> Someone:
    names = {"family": one.family, "given": one.given}
    for plain, other in VARIANTS.items():
        names = {part: name.replace(plain, other) for part, name in names.items()}
    return one.but(**names)


def _moved(one: Someone, world: World) -> Someone:
    """A new number, often a new house; something else still tells who it is."""
    if not one.birth and not {"email", "card"} & one.points.keys():
        return _kana_slip(one, world)
    new = {"phone": world.mobile()}
    if "postal" in one.points and world.rng.random() < 0.5:
        new["postal"] = world.address()
    return one.but(points=new)


def _new_email(one: Someone, world: World) -> Someone:
    return one.but(
        points={"email": world.email("".join(world.rng.choices(LETTERS, k=6)), "")}
    )


def _married(one: Someone, world: World) -> Someone:
    if not one.family_kana:
        return one.but(family=f"{one.family}-{world.western().family}")
    family, kana = world.family()
    return one.but(family=family, family_kana=kana)


def _swapped(one: Someone, _world: World) -> Someone:
    return one.but(
        family=one.given,
        given=one.family,
        family_kana=one.given_kana,
        given_kana=one.family_kana,
    )


def _one_box(one: Someone, world: World) -> Someone:
    space = world.rng.choice(["", " ", "　"]) if one.family_kana else " "
    name = (
        f"{one.family}{space}{one.given}"
        if one.family_kana
        else f"{one.given} {one.family}"
    )
    kana = f"{one.family_kana}{space}{one.given_kana}".strip()
    return one.but(family=name, given="", family_kana=kana, given_kana="")


def _birthday_slip(one: Someone, world: World) -> Someone:
    if not one.birth:
        return _kana_slip(one, world)
    years = world.rng.choice([-10, -1, 1, 10])
    return one.but(
        birth=one.birth.replace(year=one.birth.year + years, day=min(one.birth.day, 28))
    )


WAYS: dict[str, Callable[[Someone, World], Someone]] = {
    "kana slip": _kana_slip,
    "name slip": _name_slip,
    "e-mail slip": _email_slip,
    "phone slip": _phone_slip,
    "Latin letters": _in_latin,
    "kana": _in_kana,
    "kanji alone": _kanji_alone,
    "old characters": _variant,
    "moved": _moved,
    "new e-mail": _new_email,
    "married": _married,
    "swapped": _swapped,
    "one box": _one_box,
    "birthday slip": _birthday_slip,
}


def again(one: Someone, way: str, world: World) -> Someone:
    """The same person on another form: some fields are left out there, one is odd."""
    other = WAYS[way](one, world)
    rng = world.rng
    for kind in list(other.points):
        telling = [k for k in other.points if other.points[k] == one.points.get(k)]
        if rng.random() < 0.25 and [k for k in telling if k != kind]:
            other = other.but(points={kind: ""})
    if other.birth and rng.random() < 0.3:
        telling = [k for k in other.points if other.points[k] == one.points.get(k)]
        other = other.but(birth=None) if telling else other
    if rng.random() < 0.1:
        extra = rng.choice([_moved, _variant, _kanji_alone])
        other = extra(other, world)
    return other
