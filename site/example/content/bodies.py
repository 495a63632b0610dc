"""The blocks of the pages: what stands where, in both languages."""

from typing import Any

from . import dishes, front

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


def voice(quote: str, who: str) -> Block:
    return {"type": "voice", "value": {"quote": quote, "who": who}}


def menu_section(
    drawing: str, title: str, hours: str, note: str, *served: tuple
) -> Block:
    names = ("name", "description", "price", "mark")
    rows = [dict(zip(names, dish, strict=True)) for dish in served]
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
    """The front page: first a block that differs by segment, then the same for all.

    By who somebody is, where that is known; else by where this visit comes from.
    """

    def built(spec: dict[str, Any]) -> Block:
        links = [(label, pages[key]) for label, key in spec["links"]]
        return feature(*spec["words"], *links)

    said = front.FRONT[language]
    cards = [
        card(*words, label, pages[key]) for *words, label, key in said["cards"]["cards"]
    ]
    return [
        personal(
            [
                (segments["lunch-guests"], [built(said["lunch"])]),
                (segments["dinner-guests"], [built(said["dinner"])]),
                (segments["social-link"], [built(said["social"])]),
            ],
            [built(said["default"])],
        ),
        {"type": "cards", "value": {"title": said["cards"]["title"], "cards": cards}},
        built(said["letter"]),
        voice(*said["voice"]),
    ]


def menu(language: str) -> list[Block]:
    return [menu_section(*part) for part in dishes.MENU[language]]


ABOUT = {
    "ja": "<h2>ちいさな食堂です</h2><p>席は20。2009年に駅前通りで暖簾を出しました。近くの畑と港から、その日いちばんのものを仕入れています。</p><h2>お子様もどうぞ</h2><p>小上がりが二つ、子ども椅子が四つあります。アレルギーは予約のときにお知らせください。</p>",
    "en": "<h2>A small dining room</h2><p>Twenty seats, on the station road since 2009. We buy what is best that day from the fields and the harbour nearby.</p><h2>Bring the children</h2><p>Two raised tatami rooms and four children's chairs. Please tell us about allergies when you book.</p>",
}
# Reading the answers counts as a visit to the page, as with any other.
FAQ = {
    "ja": "<h2>予約はいつまで変更できますか</h2><p>ご予約のメールにあるリンクから、変更もキャンセルもできます。いつまでできるかは、リンクの先のページに書いてあります。過ぎてしまったときは、お電話ください。</p><h2>満席の日でも入れますか</h2><p>予約のページで「空きが出たら知らせる」を選ぶと、席が空いたときにメールでお知らせします。</p><h2>支払い方法は</h2><p>現金、カード、PayPayがお使いいただけます。</p><h2>車いすやベビーカーで入れますか</h2><p>入口に段差はありません。席を広くお取りしますので、ご予約のときにお知らせください。</p><h2>アレルギーがあります</h2><p>ご予約のときにお知らせください。できるかぎり、料理を替えてお出しします。</p>",
    "en": "<h2>Until when can I change my booking?</h2><p>The link in the mail about it moves or cancels it, and says until when. After that, please call us.</p><h2>The day I want is full</h2><p>Choose “Tell me when a place gets free” on the booking page, and we write to you when one does.</p><h2>How can I pay?</h2><p>In cash, by card or with PayPay.</p><h2>Can I come with a wheelchair or a pram?</h2><p>There is no step at the door. Please tell us when you book, and we keep you a wide place.</p><h2>I have an allergy</h2><p>Please tell us when you book. We cook something else wherever we can.</p>",
}
PRIVACY = {
    "ja": "<h2>使い方</h2><p>お問い合わせへの返信、ご予約の管理、ご希望の方へのお知らせに使います。広告会社には渡しません。</p><h2>止めたいとき</h2><p>お便りはメールの中の「配信停止」からいつでも止められます。</p>",
    "en": "<h2>What for</h2><p>To answer you, to keep your bookings and, if you wish, to send you news. We pass nothing to advertisers.</p><h2>When you have enough</h2><p>Every newsletter has an “unsubscribe” link that works at once.</p>",
}
CIRCLE = {
    "ja": "<h2>土鍋ごはん</h2><p>米2合を30分水に浸し、水400mlと昆布ひと切れを入れて中火へ。沸いたら弱火で12分、火を止めて15分蒸らします。</p><h2>夏野菜の浅漬け</h2><p>きゅうりと茄子を乱切りにし、重さの2%の塩と少しの生姜で和え、冷蔵庫で一晩。</p>",
    "en": "<h2>Rice from the clay pot</h2><p>Soak 300 g of rice for half an hour. Add 400 ml of water and a piece of kelp, bring to the boil, twelve minutes on a low flame, fifteen more with the flame out.</p><h2>Overnight pickles</h2><p>Cut cucumbers and aubergines, add two per cent of their weight in salt and a little ginger, and leave them in the refrigerator overnight.</p>",
}
