"""What there is to eat at Hinata, in Japanese and English."""

# Drawing, title, served when, note; then dishes: name, what is in it, price, mark.
MENU: dict[str, list[tuple]] = {
    "ja": [
        (
            "lunch",
            "昼の定食",
            "11:30〜14:00",
            "ごはん・味噌汁・小鉢つき。ごはんのおかわりは無料です。",
            ("きのこの土鍋ごはん定食", "舞茸、しめじ、なめこ", 1480, "season"),
            ("日替わり焼き魚定食", "その日の魚を炭火で", 1280, "favourite"),
            ("鶏の塩麹焼き定食", "上川の若鶏", 1180, ""),
            ("畑の定食", "豆腐と旬の野菜", 1080, "plants"),
        ),
        (
            "dinner",
            "夜の小皿と地酒",
            "17:30〜21:30",
            "お通し 300円。",
            ("季節の小皿三品", "板前のおまかせ", 1800, "season"),
            ("ほっけの一夜干し", "大ぶりを半身で", 980, "favourite"),
            ("じゃがいもの塩辛バター", "旭川の男爵", 680, ""),
            ("旭川の地酒 一合", "三つの蔵から", 850, ""),
        ),
        (
            "catering",
            "会社・団体のお弁当",
            "10個から・前日15時まで",
            "",
            ("お魚弁当", "", 1200, ""),
            ("お肉弁当", "", 1300, ""),
            ("野菜だけのお弁当", "", 1100, "plants"),
        ),
    ],
    "en": [
        (
            "lunch",
            "Set lunches",
            "11:30–14:00",
            "With rice, miso soup and a side dish; more rice is free.",
            (
                "Mushroom rice from the clay pot",
                "maitake, shimeji, nameko",
                1480,
                "season",
            ),
            ("Grilled fish of the day", "over charcoal", 1280, "favourite"),
            ("Chicken in salted koji", "young chicken from Kamikawa", 1180, ""),
            ("From the field", "tofu and vegetables of the season", 1080, "plants"),
        ),
        (
            "dinner",
            "Small plates and sake",
            "17:30–21:30",
            "Table charge 300 yen.",
            ("Three plates of the season", "the chef's choice", 1800, "season"),
            ("Dried atka mackerel", "half a large fish", 980, "favourite"),
            ("Potatoes with salted squid butter", "grown in Asahikawa", 680, ""),
            ("Local sake, one carafe", "from three breweries", 850, ""),
        ),
        (
            "catering",
            "Boxed lunches for firms",
            "from ten boxes, ordered by 15:00 the day before",
            "",
            ("Fish box", "", 1200, ""),
            ("Meat box", "", 1300, ""),
            ("Vegetable box", "", 1100, "plants"),
        ),
    ],
}
