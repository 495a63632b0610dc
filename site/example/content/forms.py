"""Forms that visitors sent lately, through the same door as any other."""

from typing import Any

from crm_plugin.intake import attempts, submissions
from crm_plugin.models import Contact, ContactPoint
from example.models import InquiryPage

CLAIMING = [
    ("電話番号が変わりました", {"point.phone": "090-8765-4321"}),
    (
        "名字が変わりました。次の予約は新しい名前でお願いします。",
        {"contact.family_name": "白石", "contact.family_kana": "シライシ"},
    ),
]
# Two machines and a guest who was quicker than most: they wait for somebody's look.
HELD = [
    ("honeypot", "seo@offers.example", "We bring your website to the first page."),
    ("no_token", "win@offers.example", "You are the winner of today. Click here."),
    ("too_fast", "natsu@mail.example", "明日の昼、4名で入れますか。"),
]


def build_forms() -> None:
    """Two known guests whose new details wait for a word, one new guest, and spam."""
    known = ContactPoint.objects.filter(
        kind="email", contact__confirmed_at__isnull=False, contact__language="ja"
    ).select_related("contact")
    for number, (message, changes) in enumerate(CLAIMING):
        point = known.order_by("pk")[40 + number]
        said = {**_of(point.contact), **changes, "point.email": point.value}
        _send(number, said, message)
    stranger = {
        "contact.family_name": "夏木",
        "contact.given_name": "りん",
        "point.email": "rin@mail.example",
    }
    _send(len(CLAIMING), stranger, "車いすで入れますか。二人で伺いたいです。")
    for number, (reason, address, message) in enumerate(HELD, len(CLAIMING) + 1):
        said = {
            "contact.family_name": address.partition("@")[0],
            "point.email": address,
        }
        _send(number, said, message, spam_reason=reason)


def _of(contact: Contact) -> dict[str, str]:
    return {
        "contact.family_name": contact.family_name,
        "contact.given_name": contact.given_name,
    }


def _send(
    number: int, said: dict[str, str], message: str, *, spam_reason: str = ""
) -> None:
    page = InquiryPage.objects.filter(locale__language_code="ja").first()
    labels = {row.maps_to: row.label for row in page.form_fields.all()}
    answers: list[dict[str, Any]] = [
        {
            "name": field.rpartition(".")[2],
            "label": labels.get(field, field),
            "field": field,
            "value": value,
            "text": value,
        }
        for field, value in {**said, "message": message}.items()
    ]
    submission = submissions.receive(
        key=f"example-{number}",
        kind="inquiry",
        answers=answers,
        page={"id": page.pk, "title": page.title, "url": page.full_url},
        language="ja",
        spam_reason=spam_reason,
    )
    attempts.attempt(submission)
