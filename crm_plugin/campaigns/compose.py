"""From a version to a letter: subject, HTML and plain text for one choice of variants.

Content is plain JSON here, as a mailing freezes it; a version is one of its sources.
What comes out still holds its merge tags: they are filled per recipient.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import override
from wagtail.blocks import StreamBlock

from crm_plugin.delivery.render import Compiled, compile_message
from crm_plugin.personalisation import visit_segments
from crm_plugin.personalisation.blocks import PersonalisedBlock
from crm_plugin.personalisation.variants import Reader, choose, segments_of

from .blocks import mail_blocks, text_of

Picks = tuple[int | None, ...]
EVERYONE_KEY = "e"


def content_of(version: Any) -> dict[str, Any]:
    """A version as JSON: what is frozen at launch, and what previews render."""
    return {
        "arm": version.arm,
        "language": version.language,
        "subject": version.subject,
        "preheader": version.preheader,
        "body": version.body.get_prep_value(),
    }


def body_of(content: dict[str, Any]) -> Any:
    """The content's body as blocks."""
    return _stream().to_python(content["body"])


@lru_cache(maxsize=1)
def _stream() -> StreamBlock:
    return StreamBlock(mail_blocks())


def personalised(body: Any) -> list[Any]:
    """The values of the personalised blocks, in the order of the mail."""
    return [child.value for child in body if is_personalised(child)]


def is_personalised(child: Any) -> bool:
    return isinstance(child.block, PersonalisedBlock)


def segments_in(body: Any) -> set[int]:
    """Every segment that the mail's personalised blocks mention."""
    return {pk for value in personalised(body) for pk in segments_of(value)}


def picks_for(body: Any, reader: Reader) -> Picks:
    """The variant of each personalised block that *reader* gets.

    Nobody who reads a mail visits: what asks of a visit is not known.
    """
    found = []
    for value in personalised(body):
        wanted = segments_of(value)
        of_visits = visit_segments.among(wanted)
        members, unknown = reader.know(wanted)
        found.append(choose(value, members - of_visits, unknown | of_visits))
    return tuple(found)


def everyone(body: Any) -> Picks:
    return (None,) * len(personalised(body))


def combinations(body: Any) -> Iterator[Picks]:
    """Every combination of variants that could occur."""
    return product(
        *([*range(len(value["variants"])), None] for value in personalised(body))
    )


def combination_count(body: Any) -> int:
    count = 1
    for value in personalised(body):
        count *= len(value["variants"]) + 1
    return count


def key_of(picks: Picks) -> str:
    """Such as ``0.2.e``: the form in which renderings and deliveries keep it."""
    return ".".join(EVERYONE_KEY if pick is None else str(pick) for pick in picks)


def picks_of(key: str) -> Picks:
    parts = key.split(".") if key else []
    return tuple(None if part == EVERYONE_KEY else int(part) for part in parts)


def chosen(body: Any, picks: Picks) -> Iterator[Any]:
    """The mail's plain blocks, with each personalised block replaced by its variant."""
    remaining = iter(picks)
    for child in body:
        if is_personalised(child):
            yield from child.block.content(child.value, next(remaining))
        else:
            yield child


def letter(
    content: dict[str, Any], picks: Picks, *, sender: Any, topic: Any
) -> Compiled:
    """Compile one letter: footer, links and styles are added by the delivery room.

    Raises ``merge_tags.MergeTagError`` and ``delivery.markup.BadLink``.
    """
    children = list(chosen(body_of(content), picks))
    context = {
        "subject": content["subject"],
        "preheader": content["preheader"],
        "language": content["language"],
        "brand": sender.said("from_name", content["language"]),
        "children": children,
    }
    with override(content["language"]):
        page = render_to_string("crm_plugin/campaigns/mail.html", context)
        parts = [text_of(child, context).strip() for child in children]
    return compile_message(
        page,
        "\n\n".join(filter(None, parts)),
        content["subject"],
        language=content["language"],
        sender=sender,
        topic=topic,
    )
