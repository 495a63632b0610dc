"""The personalised block: the same for pages, mail HTML and plain text."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from crm_plugin import normalise
from crm_plugin.segments.models import Segment

from .variants import EVERYONE, pick


class Ticks(forms.CheckboxSelectMultiple):
    """Boxes to tick, side by side in a named group, scrolling when there are many.

    A segment that is not published is there, but shown only while it is ticked: an
    editor can be rid of it and cannot choose it anew.
    """

    template_name = "crm_plugin/personalisation/ticks.html"

    def __init__(self, attrs: Any = None, choices: Any = ()) -> None:
        super().__init__({"class": "crm-ticks", **(attrs or {})}, choices)

    def create_option(self, name: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"].pop("aria-label", None)
        segment = getattr(value, "instance", None)
        option["unpublished"] = segment is not None and not segment.in_force
        return option

    class Media:
        css = {"all": ["crm_plugin/personalisation/ticks.css"]}


def label_of(segment: Segment) -> str:
    """The name of *segment*; blocks and previews cannot know who reads it.

    What a sensitive one is about stands on its own screens, for those with the right.
    """
    if segment.reads_sensitive:
        return gettext("sensitive segment no. %(number)s") % {"number": segment.pk}
    return str(segment)


def label_for(segment: Segment, user: Any) -> str:
    """The name of *segment* as far as *user* may know what it is about."""
    may = user is not None and user.has_perm("crm_plugin.view_sensitive")
    return str(segment) if may else label_of(segment)


class SegmentsField(forms.ModelMultipleChoiceField):
    """Segments to tick; those of visits, and those that are not published, are marked.

    *in_mail*: where nobody visits, so that those of visits hold nobody.
    """

    widget: Any = Ticks

    def __init__(self, *args: Any, in_mail: bool = False, **kwargs: Any) -> None:
        self.in_mail = in_mail
        super().__init__(*args, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"aria-label": self.label} if self.label else {}

    def label_from_instance(self, obj: Segment) -> str:
        words = gettext("%(segment)s (not published: nobody is in it)")
        if obj.in_force:
            words = "%(segment)s"
            if obj.of_visits:
                words = gettext("%(segment)s (this visit)")
                if self.in_mail:
                    words = gettext("%(segment)s (visits: never chosen in a mail)")
            return words % {"segment": self.words(obj)}
        return words % {"segment": label_of(obj)}

    def words(self, segment: Segment) -> str:
        """What stands beside the box."""
        return label_of(segment)


def _ids(items: Iterable[Any]) -> list[int]:
    """What of *items* can be an id, in their order."""
    numbers = (normalise.whole(item) for item in items)
    return [number for number in numbers if number is not None]


class SegmentsBlock(blocks.FieldBlock):
    """Several segments, ticked in a list; its value is a list of their ids."""

    in_mail = False
    # As a chooser says it, so that a draft is known to name segments.
    model_class = Segment

    def __init__(
        self, required: bool = True, help_text: Any = None, **kwargs: Any
    ) -> None:
        self._required, self._help_text = required, help_text
        super().__init__(**kwargs)

    @cached_property
    def field(self) -> SegmentsField:
        return SegmentsField(
            queryset=Segment.objects.all(),
            label=self.meta.label,
            required=self._required,
            help_text=self._help_text,
            in_mail=self.in_mail,
        )

    def value_from_form(self, value: Any) -> list[int]:
        """Ids, whether they come from the form field or straight from the post."""
        return _ids(getattr(item, "pk", item) for item in value or ())

    def to_python(self, value: Any) -> list[int]:
        return _ids(value or ())

    def get_prep_value(self, value: Any) -> list[int]:
        return list(value or ())

    def get_form_state(self, value: Any) -> list[str]:
        return [str(item) for item in value or ()]

    def get_default(self) -> list[int]:
        return []

    def value_from_datadict(self, data: Any, files: Any, prefix: str) -> list[int]:
        posted = self.field.widget.value_from_datadict(data, files, prefix) or ()
        return _ids(posted)

    def extract_references(self, value: Any) -> Iterator[tuple]:
        for pk in value or ():
            yield Segment, str(pk), "", ""

    class Meta:
        icon = "group"
        default: list[int] = []


class MailSegmentsBlock(SegmentsBlock):
    """The same in a mail, where segments of visits are marked as never chosen."""

    in_mail = True


class VariantBlock(blocks.StructBlock):
    """Content for members of some segments who are in none of some others."""

    segments_block: type[SegmentsBlock] = SegmentsBlock

    def __init__(self, content: blocks.StreamBlock | None = None, **kwargs: Any):
        fields = [
            ("include", self.segments_block(label=_("Show to members of"))),
            (
                "exclude",
                self.segments_block(label=_("but not to members of"), required=False),
            ),
            ("content", content or blocks.StreamBlock([])),
        ]
        super().__init__(fields, **kwargs)

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        both = set(cleaned["include"]) & set(cleaned["exclude"])
        if both:
            message = _("A segment cannot be shown to and excluded at once.")
            raise StructBlockValidationError(
                block_errors={"exclude": ValidationError(message)}
            )
        return cleaned

    class Meta:
        icon = "user"
        label = _("Variant")
        label_format = _("Variant")


class MailVariantBlock(VariantBlock):
    segments_block = MailSegmentsBlock


class PersonalisedBlock(blocks.StructBlock):
    """Variants by segment, the first match wins, and a content for everyone else.

    ``PersonalisedBlock([("text", RichTextBlock()), …])``: the blocks that a variant
    may hold. Render it with ``{% include_block %}``, which hands on the request. Site
    search, feeds and the API get the content for everyone else and nothing more.
    """

    variant_block: type[VariantBlock] = VariantBlock

    def __init__(
        self, local_blocks: Iterable[tuple[str, blocks.Block]] = (), **kwargs: Any
    ) -> None:
        content = [*local_blocks]
        fields = [
            (
                "variants",
                blocks.ListBlock(
                    self.variant_block(blocks.StreamBlock(content, label=_("Content"))),
                    label=_("Variants; the first that fits is shown"),
                    default=[],
                ),
            ),
            ("default", blocks.StreamBlock(content, label=_("Everyone else"))),
        ]
        super().__init__(fields, **kwargs)

    def content(self, value: Any, index: int | None) -> blocks.StreamValue:
        """The content of variant *index*, or of everyone else for None."""
        if index is EVERYONE:
            return value["default"]
        return value["variants"][index]["content"]

    def render(self, value: Any, context: Any = None) -> SafeString:
        content = self.content(value, pick(value, context))
        return content.stream_block.render(content, context=context)

    def get_searchable_content(self, value: Any) -> list[str]:
        block = self.child_blocks["default"]
        return block.get_searchable_content(value["default"])

    def get_api_representation(self, value: Any, context: Any = None) -> Any:
        block = self.child_blocks["default"]
        return block.get_api_representation(value["default"], context=context)

    class Meta:
        icon = "group"
        label = _("Personalised")


class MailPersonalisedBlock(PersonalisedBlock):
    """In a mail nobody visits: a variant that asks of a visit is never chosen."""

    variant_block = MailVariantBlock
