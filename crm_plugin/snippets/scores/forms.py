"""The form of a score."""

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
)
from wagtail.blocks.base import BlockField

from crm_plugin.scoring import lines
from crm_plugin.scoring.blocks import offered_block
from crm_plugin.scoring.places import ScoreInUse, refuse_in_use

from .places import named


class ScoreForm(WagtailAdminModelForm):
    """Offers what this user may read, and refuses lines that cannot work."""

    class Media:
        js = ["crm_plugin/ui/edits.js"]
        css = {"all": ["crm_plugin/scoring/editor.css"]}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["lines"]
        self.fields["lines"] = BlockField(
            block=offered_block(sensitive=self._reads_sensitive()),
            label=field.label,
            help_text=field.help_text,
        )

    def _reads_sensitive(self) -> bool:
        return self.for_user is None or self.for_user.has_perm(
            "crm_plugin.view_sensitive"
        )

    def clean_active(self) -> bool:
        active = self.cleaned_data["active"]
        if self.instance.pk and "active" in self.changed_data and not active:
            try:
                refuse_in_use(self.instance)
            except ScoreInUse as error:
                text = _("Rules ask for this score, so it stays on: %(places)s.")
                told = [
                    f"{noun} {name}".strip() for noun, name, _url in self._told(error)
                ]
                raise ValidationError(text % {"places": ", ".join(told)}) from error
        return active

    def _told(self, error: ScoreInUse) -> list[tuple[str, str, str]]:
        return named(error.places, self.for_user)

    def clean_lines(self) -> Any:
        """Errors of a line stand beside it; here stands what only this user may not."""
        value = self.cleaned_data["lines"]
        asked = lines.read(value)
        found = lines.too_many(asked) or [
            problem for line in asked for problem in line.problems(self.for_user)
        ]
        if found:
            raise ValidationError(list(dict.fromkeys(found)))
        return value


PANELS = [
    FieldPanel("name"),
    FieldPanel(
        "lines",
        heading=gettext_lazy("What gives points?"),
        help_text=gettext_lazy(
            "Each line gives points for whom its conditions are true. “For each time”"
            " counts how often: pages read, purchases, bookings, clicks. All lines are"
            " added up."
        ),
    ),
    MultiFieldPanel(
        [
            FieldRowPanel([FieldPanel("name_ja"), FieldPanel("description")]),
            FieldPanel("active"),
        ],
        heading=gettext_lazy("Details"),
    ),
]
EDIT_HANDLER = ObjectList(PANELS, base_form_class=ScoreForm)
