"""What Hinata would like to know of guests, firms and their departments."""

from collections.abc import Sequence
from typing import Any

from crm_plugin import models as m

Choices = Sequence[tuple[str, str, str]]
FIRM = {"describes": "organisation"}
INDUSTRIES = [
    ("making", "Manufacturing", "製造"),
    ("services", "Services", "サービス"),
    ("care", "Care and schools", "医療・教育"),
    ("public", "Public bodies", "官公庁・団体"),
]
CARE = [
    ("wheelchair", "Wheelchair", "車いす"),
    ("stairs", "No stairs", "段差や階段が苦手"),
    ("hearing", "Hard of hearing", "耳が聞こえにくい"),
    ("sight", "Poor sight", "目が見えにくい"),
]
SEX = [
    ("female", "Female", "女性"),
    ("male", "Male", "男性"),
    ("other", "Other", "その他"),
    ("not-stated", "Not stated", "回答しない"),
]
FAMILY = [
    ("alone", "Lives alone", "一人暮らし"),
    ("couple", "Couple", "ご夫婦・パートナー"),
    ("children", "Children at home", "お子さまと同居"),
    ("parents", "Parents at home", "親御さまと同居"),
]
HOUSEHOLD = [
    ("one", "One", "1人"),
    ("two", "Two", "2人"),
    ("three-four", "Three or four", "3〜4人"),
    ("five-more", "Five or more", "5人以上"),
]
INCOME = [
    ("under-4", "Under 4 million yen", "400万円未満"),
    ("4-7", "4 to 7 million yen", "400〜700万円"),
    ("7-10", "7 to 10 million yen", "700〜1,000万円"),
    ("over-10", "Over 10 million yen", "1,000万円以上"),
]
VALUES = [
    ("colleagues", "Time with colleagues", "同僚との時間"),
    ("quality", "Good work", "仕事の質"),
    ("balance", "Time for oneself", "自分の時間"),
]
PROBLEM = [
    ("open", "Open", "未対応"),
    ("working", "Being worked on", "対応中"),
    ("solved", "Solved", "解決済み"),
]
NUMBERS = [
    ("sales", "Sales", "売上高"),
    ("profit", "Profit", "利益"),
    ("employees", "Employees", "従業員数"),
    ("sites", "Number of sites", "拠点数"),
]
WORDS = [
    ("mission", "Mission", "使命"),
    ("vision", "Vision", "目指す姿"),
    ("decision-process", "Decision process", "決定の流れ"),
]


def build_attributes(tastes: Choices) -> None:
    """Definitions for people, firms and departments; those on record stay as they are."""
    _of_guests(tastes)
    _ask("industry", INDUSTRIES, "Industry", "業種", type="choice", **FIRM)
    _ask("rank", [], "Rank in the industry", "業界での順位", type="number", **FIRM)
    for place, (key, label, label_ja) in enumerate(NUMBERS):
        figure = {"type": "number", "dated": True, "order": 10 + place}
        _ask(key, [], label, label_ja, **figure, **FIRM)
    _ask(
        "year-note", [], "Note on the year", "年の備考", type="text", dated=True, **FIRM
    )
    for key, label, label_ja in WORDS:
        _ask(key, [], label, label_ja, type="long_text", group="方針", **FIRM)
    budget = {"type": "number", "describes": "department"}
    _ask("department-budget", [], "Budget per year", "年間予算", **budget)


def _of_guests(tastes: Choices) -> None:
    _ask("taste", tastes[:2], "Likes", "お好み", type="multi_choice", area="human")
    _ask(
        "allergies",
        [],
        "Allergies",
        "アレルギー",
        type="text",
        sensitive=True,
        purpose="安全なお料理をお出しするため",
    )
    _ask(
        "care",
        CARE,
        "Mobility needs",
        "ご配慮が必要なこと",
        type="multi_choice",
        sensitive=True,
        purpose="お席とご案内をお一人おひとりに合わせるため",
    )
    worry = {"group": "お困りごと", "area": "human", "order": 100}
    _ask("problem", [], "Current problem", "お困りごと", type="long_text", **worry)
    _ask("problem-state", PROBLEM, "State of it", "状況", type="choice", **worry)
    own = {"group": "お人柄", "order": 200}
    home = {**own, "sensitive": True}
    home["purpose"] = "お子さまの椅子やお席の大きさをご用意するため"
    _ask(
        "family", FAMILY, "Family", "ご家族", type="multi_choice", area="human", **home
    )
    _ask("household", HOUSEHOLD, "People at home", "同居の人数", type="choice", **home)
    _ask("sex", SEX, "Sex", "性別", type="choice", **own)
    _ask("birthplace", [], "Birthplace", "出身地", type="text", **own)
    _ask("school", [], "School", "出身校", type="text", **own)
    _ask("work-values", VALUES, "Work values", "仕事観", type="multi_choice", **own)
    _ask("hobbies", [], "Hobbies", "趣味", type="text", area="human", **own)
    _ask(
        "income",
        INCOME,
        "Household income",
        "世帯年収",
        type="choice",
        sensitive=True,
        purpose="ご予算に合うお席をご案内するため",
        **own,
    )


def _ask(key: str, choices: Choices, label: str, label_ja: str, **said: Any) -> None:
    definition, created = m.AttributeDefinition.objects.get_or_create(
        key=key, defaults={"label": label, "label_ja": label_ja, **said}
    )
    if created:
        m.AttributeChoice.objects.bulk_create(
            m.AttributeChoice(
                definition=definition,
                key=key,
                label=name,
                label_ja=name_ja,
                order=order,
            )
            for order, (key, name, name_ja) in enumerate(choices)
        )
