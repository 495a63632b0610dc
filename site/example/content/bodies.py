"""The blocks of the pages: what stands where, in both languages."""

from typing import Any

Block = dict[str, Any]


def feature(
    drawing: str, eyebrow: str, title: str, text: str, *links: tuple[str, int]
) -> Block:
    return {
        "type": "feature",
        "value": {
            "illustration": drawing,
            "eyebrow": eyebrow,
            "title": title,
            "text": f"<p>{text}</p>",
            "links": [{"label": label, "page": page} for label, page in links],
        },
    }


def card(drawing: str, title: str, text: str, label: str, page: int) -> dict[str, Any]:
    link = {"label": label, "page": page}
    return {"illustration": drawing, "title": title, "text": text, "link": link}


def text(markup: str) -> Block:
    return {"type": "text", "value": markup}


def menu_section(
    drawing: str, title: str, hours: str, note: str, *dishes: tuple
) -> Block:
    names = ("name", "description", "price", "mark")
    rows = [dict(zip(names, dish, strict=True)) for dish in dishes]
    return {
        "type": "menu_section",
        "value": {
            "illustration": drawing,
            "title": title,
            "hours": hours,
            "note": note,
            "dishes": rows,
        },
    }


def personal(variants: list[tuple[int, list[Block]]], default: list[Block]) -> Block:
    """A block per segment id, and one for everybody else."""
    return {
        "type": "personal",
        "value": {
            "variants": [
                {"include": [segment], "exclude": [], "content": content}
                for segment, content in variants
            ],
            "default": default,
        },
    }


def home(language: str, pages: dict[str, int], segments: dict[str, int]) -> list[Block]:
    said = HOME[language]
    blocks = {
        name: feature(*said[name], *((label, pages[page]) for label, page in links))
        for name, links in HOME_LINKS[language].items()
    }
    title, *cards = said["cards"]
    rows = [card(*words, pages[page]) for *words, page in cards]
    heading, text_of_notice = said["notice"]
    return [
        personal(
            [
                (segments["lunch-guests"], [blocks["lunch"]]),
                (segments["dinner-guests"], [blocks["dinner"]]),
            ],
            [blocks["everyone"]],
        ),
        {"type": "cards", "value": {"title": title, "cards": rows}},
        {
            "type": "notice",
            "value": {"title": heading, "text": f"<p>{text_of_notice}</p>"},
        },
    ]


def menu(language: str) -> list[Block]:
    return [menu_section(*section) for section in MENU[language]]


# fmt: off
HOME: dict[str, dict[str, Any]] = {
    "ja": {
        "lunch": ("lunch", "今週の昼", "きのこの定食、始まりました", "土鍋ごはんに、山のきのこをたっぷり。お昼は11時半から、予約なしでもどうぞ。"),
        "dinner": ("dinner", "今夜のひなた", "小皿三品と地酒の夕べ", "仕事帰りに一杯。季節の小皿三品に、旭川の地酒を一合つけました。"),
        "everyone": ("letter", "ひなたの毎日", "日のあたる席で、土鍋ごはんを", "昼は定食、夜は小皿と地酒。畑から届く野菜と、炊きたてのごはんでお待ちしています。"),
        "cards": (
            "ご利用いろいろ",
            ("lunch", "お昼", "日替わり定食と土鍋ごはん。11時半から14時まで。", "お品書き", "menu"),
            ("dinner", "夜", "季節の小皿と地酒。お祝いの席もご相談ください。", "席を予約する", "booking"),
            ("catering", "会社のお弁当", "会議や行事に、10個からお届けします。", "見積もりを頼む", "catering"),
        ),
        "notice": ("お便り", "季節の献立を、月2回ほどメールでお届けします。フッターの「お便りの登録」からどうぞ。"),
    },
    "en": {
        "lunch": ("lunch", "This week's lunch", "The mushroom set is here", "Rice from the clay pot with mushrooms from the hills. From 11:30, no booking needed."),
        "dinner": ("dinner", "Tonight at Hinata", "Three small plates and local sake", "Drop in after work: three plates of the season and a carafe from Asahikawa."),
        "everyone": ("letter", "Every day at Hinata", "Rice from the clay pot, in the sun", "Set lunches by day, small plates and local sake by night, with vegetables from the fields around us."),
        "cards": (
            "What brings you here?",
            ("lunch", "Lunch", "A set of the day with rice from the clay pot, 11:30 to 14:00.", "Menu", "menu"),
            ("dinner", "Dinner", "Small plates and local sake. Celebrations are welcome.", "Book a table", "booking"),
            ("catering", "For firms", "Boxed lunches for meetings, from ten boxes.", "Ask for an offer", "catering"),
        ),
        "notice": ("Newsletter", "The season's menu by e-mail, about twice a month. Sign up at the foot of the page."),
    },
}
HOME_LINKS: dict[str, dict[str, list[tuple[str, str]]]] = {
    "ja": {
        "lunch": [("昼のお品書き", "menu"), ("席を予約する", "booking")],
        "dinner": [("夜の席を予約する", "booking")],
        "everyone": [("お品書きを見る", "menu"), ("席を予約する", "booking")],
    },
    "en": {
        "lunch": [("Lunch menu", "menu"), ("Book a table", "booking")],
        "dinner": [("Book for dinner", "booking")],
        "everyone": [("See the menu", "menu"), ("Book a table", "booking")],
    },
}
MENU: dict[str, list[tuple]] = {
    "ja": [
        ("lunch", "昼の定食", "11:30〜14:00", "ごはん・味噌汁・小鉢つき。ごはんのおかわりは無料です。",
            ("きのこの土鍋ごはん定食", "舞茸、しめじ、なめこ", 1480, "season"),
            ("日替わり焼き魚定食", "その日の魚を炭火で", 1280, "favourite"),
            ("鶏の塩麹焼き定食", "上川の若鶏", 1180, ""),
            ("畑の定食", "豆腐と旬の野菜", 1080, "plants")),
        ("dinner", "夜の小皿と地酒", "17:30〜21:30", "お通し 300円。",
            ("季節の小皿三品", "板前のおまかせ", 1800, "season"),
            ("ほっけの一夜干し", "大ぶりを半身で", 980, "favourite"),
            ("じゃがいもの塩辛バター", "旭川の男爵", 680, ""),
            ("旭川の地酒 一合", "三つの蔵から", 850, "")),
        ("catering", "会社・団体のお弁当", "10個から・前日15時まで", "",
            ("お魚弁当", "", 1200, ""), ("お肉弁当", "", 1300, ""), ("野菜だけのお弁当", "", 1100, "plants")),
    ],
    "en": [
        ("lunch", "Set lunches", "11:30–14:00", "With rice, miso soup and a side dish; more rice is free.",
            ("Mushroom rice from the clay pot", "maitake, shimeji, nameko", 1480, "season"),
            ("Grilled fish of the day", "over charcoal", 1280, "favourite"),
            ("Chicken in salted koji", "young chicken from Kamikawa", 1180, ""),
            ("From the field", "tofu and vegetables of the season", 1080, "plants")),
        ("dinner", "Small plates and sake", "17:30–21:30", "Table charge 300 yen.",
            ("Three plates of the season", "the chef's choice", 1800, "season"),
            ("Dried atka mackerel", "half a large fish", 980, "favourite"),
            ("Potatoes with salted squid butter", "grown in Asahikawa", 680, ""),
            ("Local sake, one carafe", "from three breweries", 850, "")),
        ("catering", "Boxed lunches for firms", "from ten boxes, ordered by 15:00 the day before", "",
            ("Fish box", "", 1200, ""), ("Meat box", "", 1300, ""), ("Vegetable box", "", 1100, "plants")),
    ],
}
# fmt: on

ABOUT = {
    "ja": "<h3>ちいさな食堂です</h3><p>席は20。2009年に駅前通りで暖簾を出しました。近くの畑と港から、その日いちばんのものを仕入れています。</p><h3>お子様もどうぞ</h3><p>小上がりが二つ、子ども椅子が四つあります。アレルギーは予約のときにお知らせください。</p>",
    "en": "<h3>A small dining room</h3><p>Twenty seats, on the station road since 2009. We buy what is best that day from the fields and the harbour nearby.</p><h3>Bring the children</h3><p>Two raised tatami rooms and four children's chairs. Please tell us about allergies when you book.</p>",
}
PRIVACY = {
    "ja": "<h3>使い方</h3><p>お問い合わせへの返信、ご予約の管理、ご希望の方へのお知らせに使います。広告会社には渡しません。</p><h3>止めたいとき</h3><p>お便りはメールの中の「配信停止」からいつでも止められます。</p>",
    "en": "<h3>What for</h3><p>To answer you, to keep your bookings and, if you wish, to send you news. We pass nothing to advertisers.</p><h3>When you have enough</h3><p>Every newsletter has an “unsubscribe” link that works at once.</p>",
}
