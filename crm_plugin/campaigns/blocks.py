"""The blocks of a mail: each knows its HTML (a table row) and its plain text."""

import html
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from inscriptis import get_text
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.images.blocks import ImageChooserBlock
from wagtail.rich_text import expand_db_html

from crm_plugin import merge_tags
from crm_plugin.delivery import links
from crm_plugin.personalisation.blocks import MailPersonalisedBlock

FEATURES = ["bold", "italic", "link", "ol", "ul"]
LOSSLESS = (".png", ".gif", ".svg", ".webp", ".avif")
_ANCHOR = re.compile(r"<a\b[^>]*?\bhref=\"([^\"]*)\"[^>]*>(.*?)</a>", re.DOTALL | re.I)


def checked(text: str, *, markup: bool = False) -> str:
    """*text*, if its merge tags are known. Raises ``ValidationError``."""
    try:
        merge_tags.parse(text, markup=markup)
    except merge_tags.MergeTagError as error:
        raise ValidationError(str(error)) from error
    return text


def as_text(markup: str) -> str:
    """Rich text as plain text; a link is followed by its address."""

    def spelled_out(match: re.Match) -> str:
        address, label = match[1], match[2]
        return label if label == address else f"{label} {address} "

    return get_text(_ANCHOR.sub(spelled_out, markup)).strip()


class TaggedCharBlock(blocks.CharBlock):
    """One line that may hold merge tags."""

    def clean(self, value: Any) -> Any:
        return checked(super().clean(value))

    def text(self, value: Any) -> str:
        return str(value)

    class Meta:
        icon = "title"


class HeadingBlock(TaggedCharBlock):
    class Meta:
        icon = "title"
        label = _("Heading")
        template = "crm_plugin/campaigns/blocks/heading.html"


class TextBlock(blocks.RichTextBlock):
    """Paragraphs, lists and links, with merge tags."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("features", FEATURES)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        checked(cleaned.source, markup=True)
        return cleaned

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        context["markup"] = expand_db_html(value.source)
        return context

    def text(self, value: Any) -> str:
        return as_text(expand_db_html(value.source))

    class Meta:
        label = _("Text")
        template = "crm_plugin/campaigns/blocks/text.html"


class ImageBlock(blocks.StructBlock):
    """A picture, always as JPEG or PNG: mail programs know nothing newer."""

    image = ImageChooserBlock(label=_("Image"))
    alternative = blocks.CharBlock(
        label=_("Words for readers who see no images"), required=False, max_length=200
    )

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        if value["image"]:
            context["rendition"] = self.rendition(value["image"])
        return context

    def rendition(self, image: Any) -> Any:
        """Twice the width of the mail's column, for sharp screens."""
        lossless = image.filename.lower().endswith(LOSSLESS)
        form = "format-png" if lossless else "format-jpeg|jpegquality-80"
        return image.get_rendition(f"max-1104x1600|{form}")

    def text(self, value: Any) -> str:
        words = value["alternative"]
        return f"[{words}]" if words else ""

    class Meta:
        icon = "image"
        label = _("Image")
        template = "crm_plugin/campaigns/blocks/image.html"


class ButtonBlock(blocks.StructBlock):
    """The thing to do next: leads to a page of the site or to any address."""

    label = TaggedCharBlock(label=_("Words on the button"), max_length=60)
    page = blocks.PageChooserBlock(label=_("Page"), required=False)
    url = blocks.URLBlock(label=_("or web address"), required=False, max_length=500)
    personal = blocks.BooleanBlock(
        label=_("Personal link to a form"),
        required=False,
        help_text=_("The form offers to fill in what is known of the reader."),
    )

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if bool(cleaned["page"]) == bool(cleaned["url"]):
            message = _("Choose a page or write an address, one of the two.")
            raise StructBlockValidationError(
                block_errors={"page": ValidationError(message)}
            )
        return cleaned

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        context["address"] = self.address(value)
        return context

    def address(self, value: Any) -> str:
        page = value["page"]
        address = (page.full_url or "") if page else value["url"] or ""
        return links.with_place(address) if value.get("personal") else address

    def text(self, value: Any) -> str:
        return f"{value['label']}\n{self.address(value)}"

    class Meta:
        icon = "link"
        label = _("Button")
        template = "crm_plugin/campaigns/blocks/button.html"


class ScoreBlock(blocks.StructBlock):
    """A question with one link per score: a tap opens the page with it chosen.

    Nothing is sent by following a link; the page has a button for that.
    """

    SCALES = {"nps": ("score", range(11)), "stars": ("stars", range(1, 6))}

    question = TaggedCharBlock(label=_("Question"), max_length=200)
    page = blocks.PageChooserBlock(label=_("Feedback page"))
    scale = blocks.ChoiceBlock(
        choices=[
            ("nps", _("would recommend us (0 to 10)")),
            ("stars", _("stars (1 to 5)")),
        ],
        default="nps",
        label=_("Scale"),
    )

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        page = cleaned["page"].specific
        rows = page.form_fields.all() if hasattr(page, "form_fields") else ()
        if cleaned["scale"] not in {row.field_type for row in rows}:
            message = _("This page has no field for that scale.")
            raise StructBlockValidationError(
                block_errors={"page": ValidationError(message)}
            )
        return cleaned

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        context["scores"] = self.scores(value)
        return context

    def scores(self, value: Any) -> list[tuple[int, str]]:
        """(score, address) of each link."""
        page = value["page"]
        name, numbers = self.SCALES[value["scale"]]
        base = (page.full_url or "") if page else ""
        return [(n, links.with_place(base, **{name: n})) for n in numbers]

    def text(self, value: Any) -> str:
        lines = [f"{number}: {address}" for number, address in self.scores(value)]
        return "\n".join([str(value["question"]), *lines])

    class Meta:
        icon = "pick"
        label = _("Score")
        template = "crm_plugin/campaigns/blocks/score.html"


class DividerBlock(blocks.StaticBlock):
    def text(self, value: Any) -> str:
        return "― ― ―"

    class Meta:
        icon = "horizontalrule"
        label = _("Divider")
        admin_text = _("A thin line.")
        template = "crm_plugin/campaigns/blocks/divider.html"


def plain_blocks() -> list[tuple[str, blocks.Block]]:
    """What may stand in a mail and inside its personalised blocks."""
    return [
        ("heading", HeadingBlock()),
        ("text", TextBlock()),
        ("image", ImageBlock()),
        ("button", ButtonBlock()),
        ("score", ScoreBlock()),
        ("divider", DividerBlock()),
    ]


def mail_blocks() -> list[tuple[str, blocks.Block]]:
    """What may stand in a mail."""
    return [*plain_blocks(), ("personalised", MailPersonalisedBlock(plain_blocks()))]


def text_of(child: Any, context: dict[str, Any]) -> str:
    """A block as plain text; one without a text of its own is read from its HTML."""
    block = child.block
    if hasattr(block, "text"):
        return block.text(child.value)
    return html.unescape(as_text(block.render(child.value, context)))
