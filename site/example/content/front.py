"""What stands on Hinata's front page, in Japanese and English."""

from typing import Any

# A feature's words: drawing, small line, title, text. A link: label, key of the page.
FRONT: dict[str, dict[str, Any]] = {
    "ja": {
        "lunch": {
            "words": (
                "lunch",
                "今週の昼",
                "きのこの定食、始まりました",
                "土鍋ごはんに、山のきのこをたっぷり。お昼は11時半から、予約なしでもどうぞ。",
            ),
            "links": [("昼のお品書き", "menu"), ("席を予約する", "booking")],
        },
        "dinner": {
            "words": (
                "dinner",
                "今夜のひなた",
                "小皿三品と地酒の夕べ",
                "仕事帰りに一杯。季節の小皿三品に、旭川の地酒を一合つけました。",
            ),
            "links": [("夜の席を予約する", "booking")],
        },
        "social": {
            "words": (
                "shop",
                "はじめまして",
                "写真のあのひと皿、ひなたで",
                "見つけてくださって、ありがとうございます。旭川の駅から歩いて5分、はじめての方もお気軽にどうぞ。",
            ),
            "links": [("お品書きを見る", "menu"), ("ひなたについて", "about")],
        },
        "default": {
            "words": (
                "table",
                "ひなたの毎日",
                "日のあたる席で、土鍋ごはんを",
                "昼は定食、夜は小皿と地酒。畑から届く野菜と、炊きたてのごはんでお待ちしています。",
            ),
            "links": [("お品書きを見る", "menu"), ("席を予約する", "booking")],
        },
        "cards": {
            "title": "ご利用いろいろ",
            "cards": [
                (
                    "lunch",
                    "お昼",
                    "日替わり定食と土鍋ごはん。11時半から14時まで。",
                    "お品書き",
                    "menu",
                ),
                (
                    "dinner",
                    "夜",
                    "季節の小皿と地酒。お祝いの席もご相談ください。",
                    "席を予約する",
                    "booking",
                ),
                (
                    "catering",
                    "会社のお弁当",
                    "会議や行事に、10個からお届けします。",
                    "見積もりを頼む",
                    "catering",
                ),
            ],
        },
        "letter": {
            "words": (
                "letter",
                "お便り",
                "季節の献立を、メールでお届けします",
                "月に2回ほど。新しい献立と、お休みのお知らせをお送りします。いつでも止められます。",
            ),
            "links": [("お便りを受け取る", "newsletter")],
        },
        "voice": (
            "帰省するたび、まずここの土鍋ごはんを食べます。窓ぎわの席は、いつも日なたのにおいがします。",
            "旭川市・60代のお客様",
        ),
    },
    "en": {
        "lunch": {
            "words": (
                "lunch",
                "This week's lunch",
                "The mushroom set is here",
                "Rice from the clay pot with mushrooms from the hills. From 11:30, no booking needed.",
            ),
            "links": [("Lunch menu", "menu"), ("Book a table", "booking")],
        },
        "dinner": {
            "words": (
                "dinner",
                "Tonight at Hinata",
                "Three small plates and local sake",
                "Drop in after work: three plates of the season and a carafe from Asahikawa.",
            ),
            "links": [("Book for dinner", "booking")],
        },
        "social": {
            "words": (
                "shop",
                "Nice to meet you",
                "The dish in the picture is here",
                "Thank you for finding us. We are five minutes on foot from Asahikawa station; no need to know anybody.",
            ),
            "links": [("See the menu", "menu"), ("About us", "about")],
        },
        "default": {
            "words": (
                "table",
                "Every day at Hinata",
                "Rice from the clay pot, in the sun",
                "Set lunches by day, small plates and local sake by night, with vegetables from the fields around us.",
            ),
            "links": [("See the menu", "menu"), ("Book a table", "booking")],
        },
        "cards": {
            "title": "What brings you here?",
            "cards": [
                (
                    "lunch",
                    "Lunch",
                    "A set of the day with rice from the clay pot, 11:30 to 14:00.",
                    "Menu",
                    "menu",
                ),
                (
                    "dinner",
                    "Dinner",
                    "Small plates and local sake. Celebrations are welcome.",
                    "Book a table",
                    "booking",
                ),
                (
                    "catering",
                    "For firms",
                    "Boxed lunches for meetings, from ten boxes.",
                    "Ask for an offer",
                    "catering",
                ),
            ],
        },
        "letter": {
            "words": (
                "letter",
                "Newsletter",
                "The season's menu by e-mail",
                "About twice a month: what is new in the kitchen, and when we are closed. Stop whenever you like.",
            ),
            "links": [("Sign up", "newsletter")],
        },
        "voice": (
            "Whenever I come home, the rice from their clay pot comes first. The seat by the window always smells of sun.",
            "A guest from Asahikawa",
        ),
    },
}
