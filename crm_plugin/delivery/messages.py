"""The kinds of single messages, their built-in texts, and the edited ones.

A text is paragraphs with merge tags. A paragraph whose tags of this kind are all
empty is left out, so one text serves with and without, say, a confirm button. An
address that stands alone on a line becomes a button in the HTML part.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, gettext_noop, override
from django.utils.translation import gettext_lazy as _

from crm_plugin import merge_tags

from .mime import Attachment
from .models import Delivery, ServiceMessage


class UnknownKind(LookupError):
    """No room registered a message of this kind."""


@dataclass(frozen=True)
class Kind:
    """One kind of single message.

    ``tags`` are the names that the caller fills, with their labels; the label of a
    name ending in ``_url`` is the text of its button. ``automatic`` messages say so
    in a header; ``resend`` allows a second try when the first one's end is unknown.
    ``attach`` makes the file that goes with a delivery, anew each time: nothing of it
    is stored, and it tells what holds at that moment.
    """

    name: str
    title: str
    subject: str
    body: str
    tags: Mapping[str, Any] = field(default_factory=dict)
    automatic: bool = True
    resend: bool = True
    for_answers: bool = False
    editable: bool = True
    attach: Callable[[Delivery], Attachment | None] | None = None


@dataclass(frozen=True)
class Text:
    """Subject and body in one language, with merge tags."""

    subject: str
    body: str


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    _kinds[kind.name] = kind


def kinds() -> dict[str, Kind]:
    return dict(_kinds)


def kind_of(name: str) -> Kind:
    """The kind called *name*. Raises ``UnknownKind``."""
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind(name) from None


def may_double(name: str) -> bool:
    """Whether a message of this kind may be sent again when nobody knows if it left."""
    return name in _kinds and _kinds[name].resend


def attachment(delivery: Delivery) -> Attachment | None:
    """The file that goes with it, if its kind has one and there is one to send."""
    kind = None if delivery.mailing_id else _kinds.get(delivery.kind)
    return kind.attach(delivery) if kind and kind.attach else None


def built_in(kind: Kind, language: str) -> Text:
    """The text that comes with the plugin."""
    with override(language):
        return Text(gettext(kind.subject), gettext(kind.body))


def text_for(kind: Kind, language: str) -> Text:
    """What staff wrote for this kind and language, else the built-in text."""
    wanted = [language, language.split("-")[0]]
    edited = {
        row.language: row
        for row in ServiceMessage.objects.filter(kind=kind.name, language__in=wanted)
    }
    for code in wanted:
        if code in edited:
            return Text(edited[code].subject, edited[code].body)
    return built_in(kind, language)


def buttons(kind_name: str, language: str) -> dict[str, str]:
    """The words on a kind's buttons, by the name of their address."""
    with override(language):
        return {
            name: str(label)
            for name, label in kind_of(kind_name).tags.items()
            if name.endswith("_url")
        }


def install(languages: Iterable[str] | None = None) -> list[ServiceMessage]:
    """Make the missing rows of every kind, so that staff can edit them."""
    languages = languages or [code for code, _name in settings.LANGUAGES]
    rows = []
    for kind in [kind for kind in _kinds.values() if kind.editable]:
        for language in languages:
            text = built_in(kind, language)
            with override(language):
                title = gettext(kind.title)
            row = ServiceMessage(
                kind=kind.name,
                language=language,
                title=title,
                subject=text.subject,
                body=text.body,
                for_answers=kind.for_answers,
            )
            rows.append(row)
    return ServiceMessage.objects.bulk_create(rows, ignore_conflicts=True)


def filled(message: ServiceMessage, contact_id: int, *, own: Mapping[str, str]) -> Text:
    """A template as the start of an answer: the person's values in, ready to edit."""
    body = without_empty_paragraphs(message.body, own)
    texts = [merge_tags.scan(message.subject), merge_tags.scan(body)]
    wanted = [name for parts in texts for name in merge_tags.names(parts)]
    people = merge_tags.values_for([contact_id], wanted, language=message.language)
    fallbacks = merge_tags.fallbacks(wanted, message.language)
    values = {**people[contact_id], **own}
    subject, text = (
        merge_tags.fill(parts, values, fallbacks=fallbacks) for parts in texts
    )
    return Text(subject, text)


def check(kind_name: str, *texts: str) -> None:
    """Raise ``merge_tags.MergeTagError`` for a tag that this kind cannot fill."""
    kind = _kinds.get(kind_name)
    for text in texts:
        merge_tags.parse(text, extra=kind.tags if kind else ())


def without_empty_paragraphs(body: str, own: Mapping[str, str]) -> str:
    """Leave out each paragraph whose tags of this kind are all empty."""
    kept = []
    for paragraph in body.replace("\r\n", "\n").split("\n\n"):
        used = merge_tags.names(merge_tags.scan(paragraph))
        mine = [name for name in used if name in own]
        if not mine or any(own[name] for name in mine):
            kept.append(paragraph)
    return "\n\n".join(kept)


REFERENCE: dict[str, Any] = {
    "reference": _("reference number"),
    "business": _("business name"),
}
CONFIRM: dict[str, Any] = {
    "confirm_url": _("Confirm"),
    "confirm_reason": _("why to confirm"),
}

register(
    Kind(
        "acknowledgement",
        gettext_noop("Inquiry received"),
        gettext_noop("We have received your inquiry ({{ reference }})"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "Thank you for writing to us. Your reference number is {{ reference }}.\n\n"
            "You will hear from us by {{ answer_by }} at the latest.\n\n"
            "{{ confirm_reason }}\n{{ confirm_url }}\n\n"
            "You wrote:\n{{ message }}\n\n"
            "If you are in a hurry, please call us: {{ phone }}\n\n"
            "If you did not write to us, please ignore this message."
        ),
        {
            **REFERENCE,
            **CONFIRM,
            "answer_by": _("when the answer comes"),
            "message": _("what they wrote"),
            "phone": _("phone"),
        },
    )
)
register(
    Kind(
        "confirmation",
        gettext_noop("Confirm the address"),
        gettext_noop("Please confirm your address"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "Somebody, probably you, gave us this address. Please confirm it:\n"
            "{{ confirm_url }}\n\n"
            "The link works for seven days. If it was not you, please ignore this "
            "message; nothing will be sent."
        ),
        {**REFERENCE, **CONFIRM},
    )
)
register(
    Kind(
        "preferences",
        gettext_noop("Link to the preferences"),
        gettext_noop("Your link to your preferences"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "Here you can choose what you hear from us:\n{{ preferences_url }}\n\n"
            "If you did not ask for this link, please ignore this message."
        ),
        {"preferences_url": _("Open my preferences"), "business": _("business name")},
    )
)
register(
    Kind(
        "answer",
        gettext_noop("Answer by a person"),
        "{{ subject }}",
        "{{ body }}",
        {"subject": _("subject"), "body": _("text"), "reference": _("reference")},
        automatic=False,
        resend=False,
        editable=False,
    )
)
register(
    Kind(
        "answer_start",
        gettext_noop("Start of an answer"),
        gettext_noop("Your inquiry {{ reference }}"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "Thank you for your inquiry.\n\n\n"
            "Please write or call us whenever you have a question: {{ phone }}"
        ),
        {**REFERENCE, "phone": _("phone")},
        automatic=False,
        for_answers=True,
    )
)
register(
    Kind(
        "test",
        gettext_noop("Test message"),
        "{{ subject }}",
        "{{ body }}",
        {"subject": _("subject"), "body": _("text")},
        resend=False,
        editable=False,
    )
)
