"""What stands on Hinata's pages, in Japanese and English."""

from typing import Any

PAGES: list[dict[str, Any]] = [
    {
        "key": "menu",
        "model": "MenuPage",
        "slug": "menu",
        "menu": True,
        "ja": {
            "title": "お品書き",
            "intro": "畑とまちの台所から。昼は定食、夜は小皿と地酒を。",
        },
        "en": {
            "title": "Menu",
            "intro": "From the fields around us: set lunches by day, small plates by night.",
        },
    },
    {
        "key": "news",
        "model": "NewsIndexPage",
        "slug": "news",
        "menu": True,
        "ja": {"title": "お知らせ", "intro": "季節の献立と営業のお知らせ。"},
        "en": {"title": "News", "intro": "What is in season, and when we are open."},
    },
    {
        "key": "about",
        "model": "StandardPage",
        "slug": "about",
        "menu": True,
        "ja": {"title": "ひなたについて", "intro": "駅前通りのちいさな食堂です。"},
        "en": {
            "title": "About us",
            "intro": "A small dining room on the station road.",
        },
    },
    {
        "key": "booking",
        "model": "BookingPage",
        "slug": "booking",
        "menu": True,
        "ja": {
            "title": "席のご予約",
            "intro": "ご希望の日と時間をお選びください。",
            "form_intro": "<p>9名様以上はお電話でご相談ください。</p>",
            "submit_label": "この内容で予約する",
            "consent_wording": "季節の献立とお得なお知らせをメールで受け取ります(月2回ほど)。",
        },
        "en": {
            "title": "Book a table",
            "intro": "Choose a day and a time that suit you.",
            "form_intro": "<p>More than eight of you? Please call us.</p>",
            "submit_label": "Book this table",
            "consent_wording": "Send me the season's menu and offers by e-mail (about twice a month).",
        },
    },
    {
        "key": "inquiry",
        "model": "InquiryPage",
        "slug": "inquiry",
        "menu": True,
        "ja": {
            "title": "お問い合わせ",
            "intro": "お席、アレルギー、お祝いのご相談など、お気軽にどうぞ。",
            "submit_label": "送信する",
            "consent_wording": "季節の献立とお得なお知らせをメールで受け取ります(月2回ほど)。",
        },
        "en": {
            "title": "Ask us",
            "intro": "Tables, allergies, a party to plan: we are glad to help.",
            "submit_label": "Send",
            "consent_wording": "Send me the season's menu and offers by e-mail (about twice a month).",
        },
    },
    {
        "key": "catering",
        "model": "CateringPage",
        "slug": "catering",
        "menu": True,
        "ja": {
            "title": "会社・団体のお弁当",
            "intro": "会議や行事に、季節のお弁当を10個からお届けします。",
            "submit_label": "見積もりを依頼する",
            "consent_wording": "会社・団体向けのご案内をメールで受け取ります(月1回ほど)。",
        },
        "en": {
            "title": "Catering for firms",
            "intro": "Boxed lunches for meetings and events, from ten boxes.",
            "submit_label": "Ask for an offer",
            "consent_wording": "Send me news for firms by e-mail (about once a month).",
        },
    },
    {
        "key": "newsletter",
        "model": "SignUpPage",
        "slug": "newsletter",
        "menu": False,
        "ja": {
            "title": "お便りの登録",
            "intro": "季節の献立を、月2回ほどメールでお届けします。",
            "submit_label": "登録する",
            "consent_wording": "季節の献立とお得なお知らせをメールで受け取ります(月2回ほど)。いつでも停止できます。",
        },
        "en": {
            "title": "Newsletter",
            "intro": "The season's menu by e-mail, about twice a month.",
            "submit_label": "Sign up",
            "consent_wording": "Send me the season's menu and offers by e-mail (about twice a month). You can stop at any time.",
        },
    },
    {
        "key": "party",
        "model": "PartyPage",
        "slug": "party",
        "menu": False,
        "ja": {
            "title": "貸し切り・お祝いのご相談",
            "intro": "8名様から貸し切りにできます。3つの短いページでお聞かせください。",
            "submit_label": "相談する",
            "consent_wording": "季節の献立とお得なお知らせをメールで受け取ります(月2回ほど)。",
        },
        "en": {
            "title": "A party at Hinata",
            "intro": "The house is yours from eight people on. Three short pages tell us how.",
            "submit_label": "Ask us",
            "consent_wording": "Send me the season's menu and offers by e-mail (about twice a month).",
        },
    },
    {
        "key": "feedback",
        "model": "FeedbackPage",
        "slug": "feedback",
        "menu": False,
        "ja": {
            "title": "お食事のご感想",
            "intro": "星をひとつ選ぶだけでも届きます。",
            "submit_label": "感想を送る",
        },
        "en": {
            "title": "How was it?",
            "intro": "One star is enough; more words are welcome.",
            "submit_label": "Send",
        },
    },
    {
        "key": "faq",
        "model": "StandardPage",
        "slug": "faq",
        "menu": False,
        "ja": {
            "title": "よくあるご質問",
            "intro": "ご予約やお支払い、お子様連れのこと。ここにないことは、お気軽にお問い合わせください。",
        },
        "en": {
            "title": "Questions we are often asked",
            "intro": "About bookings, paying and children. Anything else: please ask us.",
        },
    },
    {
        "key": "privacy",
        "model": "StandardPage",
        "slug": "privacy",
        "menu": False,
        "ja": {"title": "個人情報について", "intro": "お預かりした情報の使い方。"},
        "en": {"title": "Privacy", "intro": "What we do with what you tell us."},
    },
    {
        "key": "circle",
        "model": "StandardPage",
        "slug": "circle",
        "menu": False,
        "ja": {
            "title": "常連さんの台所",
            "intro": "いつもお越しくださる方だけに、うちの味の作り方を。",
        },
        "en": {
            "title": "The regulars' kitchen",
            "intro": "How we cook at home, for those who come again and again.",
        },
    },
]

HOME = {
    "ja": {
        "title": "ひなた",
        "tagline": "日のあたる、まちの食堂",
        "intro": "旭川の駅前通り。畑から届く野菜と、炊きたての土鍋ごはんでお待ちしています。",
        "address": "北海道旭川市みどり通1-2-3",
        "hours": "<p><b>昼</b> 11:30〜14:00<br/><b>夜</b> 17:30〜21:30<br/>月曜休み(祝日は営業)</p>",
        "access": "<p>駅から歩いて5分。店の裏に駐車場が3台あります。</p>",
    },
    "en": {
        "title": "Hinata",
        "tagline": "The sunny dining room in town",
        "intro": "On the station road in Asahikawa: vegetables from the fields around us and rice from the clay pot.",
        "address": "1-2-3 Midori-dori, Asahikawa, Hokkaido",
        "hours": "<p><b>Lunch</b> 11:30–14:00<br/><b>Dinner</b> 17:30–21:30<br/>Closed on Mondays, open on public holidays</p>",
        "access": "<p>Five minutes from the station; three parking places behind the house.</p>",
    },
}

NEWS: list[dict[str, Any]] = [
    {
        "slug": "autumn-mushrooms",
        "days_ago": 6,
        "tags": ["土鍋ごはん"],
        "ja": {
            "title": "きのこの土鍋ごはん、始まりました",
            "intro": "舞茸、しめじ、なめこ。11月末までの献立です。",
            "text": "<p>山のきのこが届きました。昼は定食に、夜は土鍋のまま、二人前から炊き上げます。炊き上がりまで25分ほどお待ちください。</p>",
        },
        "en": {
            "title": "Mushroom rice from the clay pot",
            "intro": "Maitake, shimeji and nameko, until the end of November.",
            "text": "<p>The mushrooms are in. At lunch they come with the set; at dinner we cook the pot for two or more. Please allow 25 minutes.</p>",
        },
    },
    {
        "slug": "new-year-holidays",
        "days_ago": 20,
        "ja": {
            "title": "年末年始の営業",
            "intro": "12月30日から1月4日までお休みをいただきます。",
            "text": "<p>年内は12月29日の昼まで、年明けは1月5日の昼からお待ちしております。</p>",
        },
        "en": {
            "title": "New Year holidays",
            "intro": "We are closed from 30 December to 4 January.",
            "text": "<p>The last lunch of the year is on 29 December; we open again for lunch on 5 January.</p>",
        },
    },
    {
        "slug": "bento-for-meetings",
        "days_ago": 48,
        "ja": {
            "title": "会議用のお弁当が新しくなりました",
            "intro": "お魚、お肉、野菜だけの三種類から選べます。",
            "text": "<p>10個から、前日の15時までのご注文でお届けします。アレルギーもご相談ください。</p>",
        },
        "en": {
            "title": "New boxed lunches for meetings",
            "intro": "Fish, meat, or vegetables only.",
            "text": "<p>From ten boxes, ordered by three o'clock the day before. Please tell us about allergies.</p>",
        },
    },
]

# label, what it maps to, type, required, help
Field = tuple[str, str, str, bool, str]

FIELDS: dict[str, dict[str, list[Field]]] = {
    "ja": {
        "name": [
            ("姓", "contact.family_name", "singleline", True, ""),
            ("名", "contact.given_name", "singleline", True, ""),
            ("姓(ふりがな)", "contact.family_kana", "kana", False, "ひらがなでもカタカナでも結構です。"),
            ("名(ふりがな)", "contact.given_kana", "kana", False, ""),
            ("メールアドレス", "point.email", "email", True, ""),
            ("電話番号", "point.phone", "phone", False, ""),
        ],
        "wish": [
            ("ご希望の連絡方法", "preference.channel", "mapped", False, ""),
            ("お好みは", "attribute.taste", "mapped", False, ""),
            ("当店を何でお知りになりましたか", "contact.heard_from", "mapped", False, ""),
            ("ご紹介者のお名前", "contact.introduced_by", "singleline", False, ""),
        ],
        "reader": [
            ("メールアドレス", "point.email", "email", True, ""),
            ("姓", "contact.family_name", "singleline", False, ""),
            ("名", "contact.given_name", "singleline", False, ""),
        ],
        "message": [("お問い合わせ内容", "message", "multiline", True, "")],
        "firm": [
            ("会社・団体名", "organisation.name", "singleline", True, ""),
            ("部署", "organisation.department", "singleline", False, ""),
        ],
        "note": [("ご要望", "message", "multiline", False, "お子様の椅子、アレルギーなど。")],
    },
    "en": {
        "name": [
            ("Family name", "contact.family_name", "singleline", True, ""),
            ("Given name", "contact.given_name", "singleline", True, ""),
            ("Family name (reading)", "contact.family_kana", "kana", False, "In kana, if you have one."),
            ("Given name (reading)", "contact.given_kana", "kana", False, ""),
            ("E-mail address", "point.email", "email", True, ""),
            ("Phone number", "point.phone", "phone", False, ""),
        ],
        "wish": [
            ("How may we reach you?", "preference.channel", "mapped", False, ""),
            ("What do you like?", "attribute.taste", "mapped", False, ""),
            ("How did you hear of us?", "contact.heard_from", "mapped", False, ""),
            ("Who introduced you?", "contact.introduced_by", "singleline", False, ""),
        ],
        "reader": [
            ("E-mail address", "point.email", "email", True, ""),
            ("Family name", "contact.family_name", "singleline", False, ""),
            ("Given name", "contact.given_name", "singleline", False, ""),
        ],
        "message": [("Your message", "message", "multiline", True, "")],
        "firm": [
            ("Company or organisation", "organisation.name", "singleline", True, ""),
            ("Department", "organisation.department", "singleline", False, ""),
        ],
        "note": [("Anything we should know?", "message", "multiline", False, "A child's chair, allergies …")],
    },
}  # fmt: skip
FORMS = {
    "inquiry": ["name", "wish", "message"],
    "catering": ["firm", "name", "wish", "message"],
    "booking": ["name", "note"],
    "newsletter": ["reader"],
}
PURPOSE = {
    "ja": "いただいた情報は、お問い合わせへの返信、ご予約の管理、ご希望の方へのお知らせにのみ使います。",
    "en": "We use your details to answer you, to keep your bookings and, if you wish, to send you news. Nothing else.",
}
