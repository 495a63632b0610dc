"""What editors build the example's pages from."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

from crm_plugin.personalisation.blocks import PersonalisedBlock

RICH_TEXT_FEATURES = ["h2", "h3", "h4", "bold", "italic", "ol", "ul", "link", "hr"]


class Illustration(models.TextChoices):
    """The drawings that come with the example, one SVG file each."""

    SHOP = "shop", _("the shop")
    LUNCH = "lunch", _("lunch tray")
    DINNER = "dinner", _("dinner")
    CATERING = "catering", _("catering boxes")
    TABLE = "table", _("a laid table")
    LETTER = "letter", _("a letter")


class TextBlock(blocks.RichTextBlock):
    def __init__(self, **kwargs):
        kwargs.setdefault("features", RICH_TEXT_FEATURES)
        super().__init__(**kwargs)


class QuietChoiceBlock(blocks.ChoiceBlock):
    """A choice of the editor's that no visitor searches for."""

    def get_searchable_content(self, value):
        return []


class LinkBlock(blocks.StructBlock):
    """A button to a page of this site, in the reader's language."""

    label = blocks.CharBlock(label=_("label"), max_length=60)
    page = blocks.PageChooserBlock(label=_("page"), required=False)

    class Meta:
        icon = "link"
        label = _("button")
        template = "example/blocks/link.html"


class FeatureBlock(blocks.StructBlock):
    """One thing worth knowing: a drawing, a few words and where to go next."""

    illustration = QuietChoiceBlock(label=_("drawing"), choices=Illustration.choices)
    eyebrow = blocks.CharBlock(label=_("small line above"), required=False)
    title = blocks.CharBlock(label=_("title"), max_length=80)
    text = TextBlock(label=_("text"))
    links = blocks.ListBlock(LinkBlock(), label=_("buttons"), default=[])

    class Meta:
        icon = "pick"
        label = _("feature")
        template = "example/blocks/feature.html"


class CardBlock(blocks.StructBlock):
    illustration = QuietChoiceBlock(label=_("drawing"), choices=Illustration.choices)
    title = blocks.CharBlock(label=_("title"), max_length=60)
    text = blocks.TextBlock(label=_("text"), rows=3)
    link = LinkBlock(label=_("button"), required=False)

    class Meta:
        icon = "doc-empty"
        label = _("card")


class CardsBlock(blocks.StructBlock):
    """Two to four cards side by side."""

    title = blocks.CharBlock(label=_("title"), required=False)
    cards = blocks.ListBlock(CardBlock(), label=_("cards"), min_num=1, max_num=4)

    class Meta:
        icon = "grip"
        label = _("cards")
        template = "example/blocks/cards.html"


class DishBlock(blocks.StructBlock):
    class Mark(models.TextChoices):
        SEASON = "season", _("in season")
        FAVOURITE = "favourite", _("favourite")
        PLANTS = "plants", _("no meat, no fish")

    name = blocks.CharBlock(label=_("dish"), max_length=80)
    description = blocks.CharBlock(label=_("what is in it"), required=False)
    price = blocks.IntegerBlock(label=_("price (yen, tax included)"), min_value=0)
    mark = QuietChoiceBlock(label=_("mark"), choices=Mark.choices, required=False)

    class Meta:
        icon = "list-ul"
        label = _("dish")


class MenuSectionBlock(blocks.StructBlock):
    """A part of the menu: lunch, dinner, drinks …"""

    illustration = QuietChoiceBlock(
        label=_("drawing"), choices=Illustration.choices, required=False
    )
    title = blocks.CharBlock(label=_("title"), max_length=60)
    hours = blocks.CharBlock(label=_("served when"), required=False)
    note = blocks.CharBlock(label=_("note"), required=False)
    dishes = blocks.ListBlock(DishBlock(), label=_("dishes"))

    class Meta:
        icon = "list-ol"
        label = _("part of the menu")
        template = "example/blocks/menu_section.html"


class VoiceBlock(blocks.StructBlock):
    """A guest's own words, shown with permission."""

    quote = blocks.TextBlock(label=_("words"), rows=3)
    who = blocks.CharBlock(label=_("who"), max_length=80)

    class Meta:
        icon = "openquote"
        label = _("a guest's voice")
        template = "example/blocks/voice.html"


class NoticeBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("title"), max_length=80)
    text = TextBlock(label=_("text"))

    class Meta:
        icon = "warning"
        label = _("notice")
        template = "example/blocks/notice.html"


class PhotoBlock(blocks.StructBlock):
    image = ImageChooserBlock(label=_("photo"))
    caption = blocks.CharBlock(label=_("caption"), required=False)

    class Meta:
        icon = "image"
        label = _("photo")
        template = "example/blocks/photo.html"


def plain_blocks() -> list[tuple[str, blocks.Block]]:
    """The blocks that a page offers, and a variant for a segment too."""
    return [
        ("text", TextBlock(label=_("text"), template="example/blocks/text.html")),
        ("feature", FeatureBlock()),
        ("cards", CardsBlock()),
        ("menu_section", MenuSectionBlock()),
        ("voice", VoiceBlock()),
        ("notice", NoticeBlock()),
        ("photo", PhotoBlock()),
        ("button", LinkBlock()),
    ]


class ContentBlocks(blocks.StreamBlock):
    """The blocks that every page offers, and one that differs by segment."""

    def __init__(self, local_blocks=None, **kwargs):
        personal = ("personal", PersonalisedBlock(plain_blocks()))
        super().__init__(local_blocks or [*plain_blocks(), personal], **kwargs)
