"""The form of the segment editor."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.compare import TextDiff, TextFieldComparison, diff_text
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
)
from wagtail.blocks.base import BlockField

from crm_plugin import rules
from crm_plugin.segments import graph, schemes

from .segments_in_use import EXPIRES, refusals

# What makes sense for members only.
OF_PEOPLE = ("private", "excludes_always", "scheme")


class SegmentForm(WagtailAdminModelForm):
    """Offers what this user may read, and refuses rules that cannot work.

    Drafts may be unfinished; only publishing asks for a complete rule.
    """

    class Media:
        js = ["crm_plugin/ui/edits.js"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("rule")
        if field is not None:
            self.fields["rule"] = BlockField(
                block=rules.rule_block(sensitive=self._reads_sensitive()),
                required=False,
                label=field.label,
                help_text=field.help_text,
            )
        self._place_in_scheme()

    def _place_in_scheme(self) -> None:
        """A class stays in its scheme; a new one may be opened from there."""
        if "scheme" not in self.fields:
            return
        if self.instance.pk and self.instance.scheme_id:
            self.fields["scheme"].disabled = True
        if self.instance.rest and "rule" in self.fields:
            self.fields["rule"].help_text = _(
                "This group takes everybody whom no other group of the scheme takes:"
                " it has no conditions of its own."
            )

    def in_words(self, name: str, value: Any) -> str:
        return rules.sentence(value) if name == "rule" and value else ""

    def _reads_sensitive(self) -> bool:
        return self.for_user is None or self.for_user.has_perm(
            "crm_plugin.view_sensitive"
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._check_what_rests_on_it(cleaned)
        value = cleaned.get("rule")
        if value is None or "rule" in self.errors:
            return cleaned
        if found := self._found_in(value):
            self.add_error("rule", found)
        else:
            self._check_what_it_is_about(value, cleaned)
        return cleaned

    def _found_in(self, value: Any) -> ValidationError | None:
        """What stands against the rule, beside its lines where some are to blame."""
        if closed := self._closed_circle(value):
            return closed
        if self.instance.rest:
            text = _("This group takes all others; delete its conditions.")
            return ValidationError(text) if value else None
        if self.is_deferred_validation:
            return None
        if found := rules.problems(value, self.for_user, visits=True):
            return rules.refused_lines(value, self.for_user) or ValidationError(found)
        return None

    def _closed_circle(self, value: Any) -> ValidationError | None:
        """Beside each line by which the segment would rest on itself."""
        known = graph.Graph(self.instance)

        def found(keys: set[str]) -> list[str]:
            way = known.way_back(keys)
            return [graph.in_words(way)] if way else []

        lines = rules.beside(
            value, lambda line: found(line.told("segments_read", set()))
        )
        whole = found(known.read_by(value))
        return lines or (ValidationError(whole) if whole else None)

    def _check_what_rests_on_it(self, cleaned: dict[str, Any]) -> None:
        """It is not withdrawn by the clock either while something asks for it."""
        if not (self.instance.pk and cleaned.get("expire_at")):
            return
        if "expire_at" in self.changed_data:
            found = refusals([self.instance], self.for_user, EXPIRES)
            for refusal in found:
                self.add_error("expire_at", ValidationError(refusal.in_words()))

    def _check_what_it_is_about(self, value: Any, cleaned: dict[str, Any]) -> None:
        """People or visits, never both, and once published always the same.

        Also asked of a draft: it may be published by somebody who never sees the form.
        """
        if found := rules.mixed(value):
            self.add_error("rule", ValidationError(found))
            return
        of_visits = rules.about_visits(value)
        if value and self._other_than_published(of_visits):
            text = _(
                "This segment was published as one of visits: who uses it relies on"
                " that. Make another segment of people."
            )
            if of_visits:
                text = _(
                    "This segment was published as one of people: who uses it relies on"
                    " that. Make another segment of visits."
                )
            self.add_error("rule", ValidationError(text))
        for name in OF_PEOPLE if of_visits else ():
            if cleaned.get(name):
                text = _("A segment of visits has no members: leave this out.")
                self.add_error(name, ValidationError(text))

    def _other_than_published(self, of_visits: bool) -> bool:
        before = type(self.instance).objects.filter(pk=self.instance.pk).first()
        if before is None or not before.kind_is_settled:
            return False
        return before.of_visits is not of_visits

    def save(self, commit: bool = True) -> Any:
        if self.instance.scheme and not self.instance.rest and self._joins():
            self.instance.place = schemes.last_place(self.instance.scheme)
        return super().save(commit=commit)

    def _joins(self) -> bool:
        return self.instance.pk is None or "scheme" in self.changed_data


class RuleComparison(TextFieldComparison):
    """Both rules as sentences in the reader's language, with what differs marked."""

    def has_changed(self) -> bool:
        return not rules.alike(self.val_a, self.val_b)

    def htmldiff(self) -> SafeString:
        old, new = (
            rules.sentence(value) if value else "" for value in (self.val_a, self.val_b)
        )
        marked = diff_text(old, new).changes
        sides = (("deletion", _("Before")), ("addition", _("After")))
        lines = format_html_join(
            "",
            "<dt>{}</dt><dd>{}</dd>",
            (
                (
                    word,
                    TextDiff([c for c in marked if c[0] in ("equal", side)]).to_html(),
                )
                for side, word in sides
            ),
        )
        return format_html('<dl class="comparison__list">{}</dl>', lines)


class RulePanel(FieldPanel):
    def get_comparison_class(self) -> type[RuleComparison]:
        return RuleComparison


PANELS = [
    FieldPanel("name"),
    RulePanel(
        "rule",
        heading=gettext_lazy("Who belongs to it?"),
        help_text=gettext_lazy(
            "Add conditions with the + sign; all of them must be true. Use a group for "
            "“at least one of” and “none of”. The preview shows who that is. With"
            " conditions of “This visit” alone it is a segment of visits instead, for"
            " personalised blocks on pages."
        ),
    ),
    MultiFieldPanel(
        [
            FieldPanel("name_ja"),
            FieldPanel("description"),
            FieldRowPanel([FieldPanel("private"), FieldPanel("excludes_always")]),
            FieldPanel("scheme"),
        ],
        heading=gettext_lazy("Details"),
    ),
    PublishingPanel(),
]
EDIT_HANDLER = ObjectList(PANELS, base_form_class=SegmentForm)
