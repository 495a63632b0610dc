"""The rows of the forms that ask in steps, under conditions, or for a score."""

from typing import Any

Row = dict[str, Any]
ALLERGY = {"ja": "アレルギーがある", "en": "Somebody has an allergy"}
OCCASION = {"ja": "ご利用の場面", "en": "What is the occasion?"}
OCCASIONS = {
    "ja": ["お祝い", "歓送迎会", "法事・お別れの会", "会議・研修", "その他"],
    "en": [
        "A celebration",
        "A work party",
        "A memorial",
        "A meeting",
        "Something else",
    ],
}


def row(label: str, field_type: str, maps_to: str = "", **more: Any) -> Row:
    name = maps_to.rpartition(".")[2] or more.pop("name")
    more.pop("name", None)
    return {
        "label": label,
        "field_type": field_type,
        "maps_to": maps_to,
        "clean_name": name,
        "required": False,
        **more,
    }


def party(language: str) -> list[Row]:
    """Three steps: the party, the wishes, who asks."""
    ja = language == "ja"
    return [*_occasion(language, ja), *_wishes(language, ja), *_who(ja)]


def _occasion(language: str, ja: bool) -> list[Row]:
    occasions = OCCASIONS[language]
    return [
        row("ご利用について" if ja else "The party", "page", name="page_party"),
        row(
            OCCASION[language],
            "radio",
            name="occasion",
            choices="\n".join(occasions),
            required=True,
        ),
        row(
            "お祝いの内容" if ja else "What do you celebrate?",
            "singleline",
            name="celebration",
            only_if=OCCASION[language],
            only_if_value=occasions[0],
            help_text="還暦、結婚、お食い初めなど" if ja else "A birthday, a wedding …",
        ),
        row(
            "会社・団体名" if ja else "Company or organisation",
            "organisation",
            "organisation.name",
            only_if=OCCASION[language],
            only_if_value="\n".join([occasions[1], occasions[3]]),
            required=True,
        ),
        row("ご希望の日" if ja else "Which day?", "date", name="day", required=True),
        row(
            "人数" if ja else "How many people?", "number", name="people", required=True
        ),
    ]


def _wishes(language: str, ja: bool) -> list[Row]:
    return [
        row("ご要望" if ja else "Your wishes", "page", name="page_wishes"),
        row(ALLERGY[language], "checkbox", name="allergy"),
        row(
            "アレルギーの内容" if ja else "Which allergies?",
            "multiline",
            name="allergies",
            only_if=ALLERGY[language],
            required=True,
        ),
        row(
            "席の図や式次第など" if ja else "A seating plan or programme",
            "file",
            name="plan",
            file_kinds="any",
            max_mb=5,
        ),
        row("ご相談の内容" if ja else "Tell us more", "multiline", "message"),
    ]


def _who(ja: bool) -> list[Row]:
    return [
        row("お客様について" if ja else "About you", "page", name="page_you"),
        row("姓" if ja else "Family name", "singleline", "contact.family_name", required=True, leave_out=True),
        row("名" if ja else "Given name", "singleline", "contact.given_name", leave_out=True),
        row("メールアドレス" if ja else "E-mail address", "email", "point.email", required=True, leave_out=True),
        row("電話番号" if ja else "Phone number", "phone", "point.phone"),
        row("ご住所" if ja else "Postal address", "postal", "point.postal", help_text="ご案内状をお送りする場合のみ" if ja else "Only if we may write to you by post"),
        row("生年月日" if ja else "Date of birth", "birth", "contact.birth_on", help_text="お誕生月に小さな贈り物があります。" if ja else "There is a small present in the month of your birthday."),
    ]  # fmt: skip


def feedback(language: str) -> list[Row]:
    """Stars first, then recommendation, then words; an address only if they wish."""
    ja = language == "ja"
    return [
        row("本日のお食事はいかがでしたか" if ja else "How was your meal?", "stars", name="stars", required=True),
        row("ご家族やご友人に、当店をどのくらいすすめたいですか" if ja else "How likely are you to recommend us to family or friends?", "nps", name="score"),
        row("よろしければ、その理由をお聞かせください" if ja else "Would you tell us why?", "multiline", "message"),
        row("お返事をご希望の方はメールアドレスを" if ja else "Your e-mail address, if you would like an answer", "email", "point.email", leave_out=True),
        row(
            "お届けする情報" if ja else "What may we send you?",
            "topics",
            name="topics",
            wordings={
                "newsletter": "季節の献立とお得なお知らせをメールで受け取ります(月2回ほど)。"
                if ja
                else "Send me the season's menu and offers by e-mail (about twice a month)."
            },
        ),
    ]  # fmt: skip


ROWS = {"party": party, "feedback": feedback}
