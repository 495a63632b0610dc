"""The form of the segment editor."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
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

    def _reads_sensitive(self) -> bool:
        return self.for_user is None or self.for_user.has_perm(
            "crm_plugin.view_sensitive"
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        value = cleaned.get("rule")
        if value is None or "rule" in self.errors:
            return cleaned
        way = graph.circle(self.instance, value)
        if way:
            text = _("The segment would rest on itself, by way of: %(way)s")
            self.add_error("rule", ValidationError(text % {"way": " → ".join(way)}))
        elif self.instance.rest:
            if value:
                text = _("This group takes all others; delete its conditions.")
                self.add_error("rule", ValidationError(text))
        elif not self.is_deferred_validation:
            problems = rules.problems(value, self.for_user)
            if problems:
                self.add_error("rule", ValidationError(problems))
        return cleaned

    def save(self, commit: bool = True) -> Any:
        if self.instance.scheme and not self.instance.rest and self._joins():
            self.instance.place = schemes.last_place(self.instance.scheme)
        return super().save(commit=commit)

    def _joins(self) -> bool:
        return self.instance.pk is None or "scheme" in self.changed_data


PANELS = [
    FieldPanel("name"),
    FieldPanel(
        "rule",
        heading=gettext_lazy("Who belongs to it?"),
        help_text=gettext_lazy(
            "Add conditions with the + sign; all of them must be true. Use a group for "
            "“at least one of” and “none of”. The preview shows who that is."
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
