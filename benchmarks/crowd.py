"""A shop of any size in a few minutes: every table by ``INSERT … SELECT``.

The same rows on SQLite and PostgreSQL, by arithmetic on a row's number instead of a
random generator. Per contact: five touchpoints, two purchases with a line, an e-mail
address and a phone number, two attribute values, a stage, summaries, search keys. A few
people with names that nobody else has stand at the same places in every size.
"""

from django.db import connection, transaction

from crm_plugin import models as m
from crm_plugin import normalise
from crm_plugin.contacts import search_index

from . import crowd_desk
from .loading import ago, day, fill, loading, numbers, sequences, uuid, without_indexes

SEED = 20250101
STEP = 200_000
# Family and given names, each with its reading.
NAMES = """\
佐藤サトウ 鈴木スズキ 高橋タカハシ 田中タナカ 伊藤イトウ 渡辺ワタナベ 山本ヤマモト 中村ナカムラ 小林コバヤシ 加藤カトウ 吉田ヨシダ 山田ヤマダ 佐々木ササキ 山口ヤマグチ 松本マツモト 井上イノウエ 木村キムラ 林ハヤシ 斎藤サイトウ 清水シミズ
花子ハナコ 太郎タロウ 陽子ヨウコ 健一ケンイチ 美咲ミサキ 大輔ダイスケ 愛アイ 誠マコト 恵メグミ 翔ショウ 直美ナオミ 拓也タクヤ 由美子ユミコ 和也カズヤ 真由美マユミ 隆タカシ"""
FAMILIES, GIVENS = (line.split() for line in NAMES.splitlines())
# As many of them in a small shop as in a large one.
RARE = [("勅使河原", "テシガワラ"), ("小鳥遊", "タカナシ"), ("四月一日", "ワタヌキ")]
RARE_EACH = 15
# As many bear a common family name with a given name that nobody else bears; one contact
# in SELDOM bears a given name that is neither rare nor common.
RARE_GIVEN, SELDOM_GIVEN = "桜子サクラコ", "勘太カンタ"
SELDOM = 800
# Entries beyond the usual ones in the history of these contacts.
HISTORIES = {1: 5_000, 2: 50}
# The oldest of them, so many, are of another phase.
OLD = 5


def stands(size: int) -> bool:
    """Whether the current database was filled so before."""
    newest = m.Contact.objects.order_by("-pk").values_list("pk", flat=True).first()
    if newest and not (newest == size and m.SuspectedPair.objects.exists()):
        raise SystemExit(
            f"Another size is kept, or half of one ({newest:,}): remove it."
        )
    return bool(newest)


def build(size: int) -> None:
    """Fill the current database with *size* contacts and what belongs to them."""
    with loading():
        names()
        offered = offer()
        tables = [m.Contact, m.ContactPoint, m.ContactSearchKey, m.ContactSearchStart]
        tables += [m.StagePeriod, m.ContactFrequency, m.ContactUses, m.ContactSales]
        tables += [m.ContactValue, m.SegmentMembership, m.Touchpoint]
        tables += [m.Purchase, m.PurchaseLine, m.FirstTouch, *crowd_desk.TABLES]
        with without_indexes(tables):
            for first in range(1, size + 1, STEP):
                _portion(first, min(first + STEP - 1, size), offered)
            _histories()
            crowd_desk.build(size)
    sequences([m.Contact, m.Purchase, m.Segment, m.Deal])
    search_index.install()
    with connection.cursor() as cursor:
        # What autovacuum does for a database that was not filled just now.
        vacuum = "VACUUM " if connection.vendor == "postgresql" else ""
        cursor.execute(f"{vacuum}ANALYZE")


def _portion(first: int, last: int, offered: dict[str, int]) -> None:
    """Everything about the contacts with these numbers."""
    with transaction.atomic():
        _people(first, last)
        _reach(first, last)
        _summaries(first, last)
        _values(first, last, offered)
        _touchpoints(first, last)
        _purchases(first, last, offered)


def _people(first: int, last: int) -> None:
    people = f"""{numbers(first, last)}
        JOIN crowd_family f ON f.place = {_family("i")}
        JOIN crowd_given g ON g.place = {_given("i")}"""
    name = {"family_name": "f.name", "given_name": "g.name"}
    kana = {"family_kana": "f.kana", "given_kana": "g.kana"}
    fill(
        m.Contact,
        people,
        id="i",
        public_id=uuid(),
        **name,
        **kana,
        language="CASE WHEN i % 4 = 0 THEN 'en' ELSE 'ja' END",
        heard_from="CASE WHEN i % 5 = 0 THEN 'sns' ELSE '' END",
        confirmed_at=ago("0"),
        created_at=ago("(i * 7919) % 63072000"),
    )
    whole = "f.folded || g.folded || '\n' || f.sound || g.sound || '\n' || g.folded"
    reach = f"{_email('i')} || '\n' || '+81' || {_phone('i')} || '\n0' || {_phone('i')}"
    folded = f"{whole} || '\n' || g.sound || '\n' || {reach}"
    fill(m.ContactSearchKey, people, contact_id="i", folded=folded)
    starts = ["f.folded || g.folded", "f.sound || g.sound", "g.folded", "g.sound"]
    pairs = " UNION ".join(
        f"SELECT substr({word}, 1, 2) AS start, i AS contact_id FROM {people}"
        for word in starts
    )
    fill(
        m.ContactSearchStart, f"({pairs}) p", start="p.start", contact_id="p.contact_id"
    )


def _reach(first: int, last: int) -> None:
    everybody = numbers(first, last)
    address = f"'+81' || {_phone('i')}"
    channels = " ".join(
        f"WHEN {place} THEN '{channel}'" for place, channel in enumerate(CHANNELS)
    )
    for kind, value in (("email", _email("i")), ("phone", address)):
        fill(
            m.ContactPoint,
            everybody,
            contact_id="i",
            kind=f"'{kind}'",
            value=value,
            value_norm=value,
        )
    fill(
        m.FirstTouch,
        everybody,
        contact_id="i",
        channel=f"CASE i % {len(CHANNELS)} {channels} END",
        source="CASE WHEN i BETWEEN 100 AND 114 THEN 'fair' WHEN i % 10 = 0"
        " THEN 'instagram' WHEN i % 10 < 3 THEN 'flyer-' || (i % 29) ELSE '' END",
        at=ago("(i * 7919) % 63072000"),
    )


def _summaries(first: int, last: int) -> None:
    everybody = numbers(first, last)
    stages = " ".join(
        f"WHEN {place} THEN '{stage}'" for place, stage in enumerate(m.Stage.values)
    )
    fill(
        m.StagePeriod,
        everybody,
        contact_id="i",
        stage=f"CASE (i * 31) % {len(m.Stage.values)} {stages} END",
        started_on=day("i % 365"),
    )
    fill(
        m.ContactFrequency,
        everybody,
        contact_id="i",
        last_at=ago("(i * 6007) % 31536000"),
    )
    fill(
        m.ContactUses,
        everybody,
        contact_id="i",
        count="1 + i % 4",
        last_on=day("i % 700"),
    )
    fill(m.ContactSales, everybody, contact_id="i")
    members = f"{everybody} WHERE i % 10 = 3"
    fill(
        m.SegmentMembership,
        members,
        segment_id="1",
        contact_id="i",
        entered_at=ago("0"),
    )


def _values(first: int, last: int, offered: dict[str, int]) -> None:
    everybody = numbers(first, last)
    fill(
        m.ContactValue,
        everybody,
        owner_id="i",
        definition_id=str(offered["taste"]),
        choice_id=f"{offered['first']} + (i * 17) % {len(TASTES)}",
    )
    fill(
        m.ContactValue,
        everybody,
        owner_id="i",
        definition_id=str(offered["points"]),
        number="(i * 37) % 10000",
    )


def _touchpoints(first: int, last: int) -> None:
    kinds = [
        ("inquiry", "web", "in"),
        ("call", "phone", "both"),
        ("visit", "shop", "in"),
    ]
    kinds += [("mail_out", "email", "out"), ("click", "email", "in")]
    for place, (kind, channel, direction) in enumerate(kinds):
        fill(
            m.Touchpoint,
            numbers(first, last),
            contact_id="i",
            kind=f"'{kind}'",
            channel=f"'{channel}'",
            direction=f"'{direction}'",
            at=ago(f"(i * 7907 + {place * 1_000_003}) % 63072000"),
            created_at=ago("0"),
        )


def _purchases(first: int, last: int, offered: dict[str, int]) -> None:
    for place in (1, 2):
        seconds = f"(i * 7901 + {place * 1_000_003}) % 94608000"
        fill(
            m.Purchase,
            numbers(first, last),
            id=f"2 * i - {place - 1}",
            public_id=uuid(),
            contact_id="i",
            at=ago(seconds),
            on=day(f"({seconds}) / 86400"),
            amount="800 + (i * 13) % 4000",
        )
        fill(
            m.PurchaseLine,
            numbers(first, last),
            purchase_id=f"2 * i - {place - 1}",
            category_id=str(offered["category"]),
            name="'menu'",
            amount="800 + (i * 13) % 4000",
        )


def _histories() -> None:
    for contact, entries in HISTORIES.items():
        fill(
            m.Touchpoint,
            numbers(1, entries),
            contact_id=str(contact),
            kind="CASE WHEN i % 3 = 0 THEN 'visit' ELSE 'call' END",
            channel="'phone'",
            direction="'both'",
            phase=f"CASE WHEN i > {entries - OLD} THEN 'support' ELSE 'sales' END",
            summary="'Talked about number ' || CAST(i AS text)",
            at=ago("i * 6000"),
            created_at=ago("0"),
        )


CHANNELS = ["web", "phone", "shop", "import", "email", "line", "sns"]
TASTES = ["lunch", "dinner", "wine", "sake", "sweets", "coffee", "tea", "bread"]


def offer() -> dict[str, int]:
    """What people are asked for, bought and belong to."""
    taste = m.AttributeDefinition.objects.create(
        key="taste", label="Taste", type="choice"
    )
    points = m.AttributeDefinition.objects.create(
        key="points", label="Points", type="number"
    )
    first = [taste.choices.create(key=key, label=key.title()).pk for key in TASTES][0]
    # In force: the lists offer no other.
    segment = m.Segment.objects.create(pk=1, key="regulars", name="Regulars")
    category = m.ProductCategory.objects.create(key="lunch", name="Lunch")
    assert segment.pk == 1
    return {
        "taste": taste.pk,
        "points": points.pk,
        "first": first,
        "category": category.pk,
    }


def names() -> None:
    """The names with their folded forms, to be joined by place."""

    def split(word: str) -> tuple[str, str]:
        place = next(n for n, c in enumerate(word) if "ァ" <= c <= "ヶ")
        return word[:place], word[place:]

    tables = {
        "crowd_family": [*map(split, FAMILIES), *RARE],
        "crowd_given": [split(word) for word in (*GIVENS, RARE_GIVEN, SELDOM_GIVEN)],
    }
    with connection.cursor() as cursor:
        for table, names in tables.items():
            cursor.execute(
                f"CREATE TEMPORARY TABLE {table}"
                " (place integer, name text, kana text, folded text, sound text)"
            )
            cursor.executemany(
                f"INSERT INTO {table} VALUES (%s, %s, %s, %s, %s)",
                [
                    (place, name, kana, normalise.fold(name), normalise.fold(kana))
                    for place, (name, kana) in enumerate(names)
                ],
            )


def _family(number: str) -> str:
    """The rare names first and as often in every size, then the common ones."""
    rare = RARE_EACH * len(RARE)
    place = f"{len(FAMILIES)} + ({number} - 3) / {RARE_EACH}"
    common = f"(({number} * 2654435761 + {SEED}) / 65536) % {len(FAMILIES)}"
    return (
        f"CASE WHEN {number} BETWEEN 3 AND {rare + 2} THEN {place}"
        f" WHEN {_alike(number)} THEN 0 ELSE {common} END"
    )


def _given(number: str) -> str:
    common = f"(({number} * 40503 + {SEED}) / 256) % {len(GIVENS)}"
    return (
        f"CASE WHEN {_alike(number)} THEN {len(GIVENS)}"
        f" WHEN {number} % {SELDOM} = 7 THEN {len(GIVENS) + 1} ELSE {common} END"
    )


def _alike(number: str) -> str:
    """Those who bear the commonest family name with the rare given one."""
    before = RARE_EACH * len(RARE) + 2
    return f"{number} BETWEEN {before + 1} AND {before + RARE_EACH}"


def _email(number: str) -> str:
    return f"'guest' || CAST({number} AS text) || '@mail.example'"


def _phone(number: str) -> str:
    """A mobile number without its first zero; no two contacts share one."""
    return f"'90' || substr(CAST(100000000 + ({number} * 48271) % 99999989 AS text), 2)"
