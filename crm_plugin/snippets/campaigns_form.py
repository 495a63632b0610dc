"""The campaign's form: its fields, and what would keep it from going out."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from wagtail.admin.compare import M2MFieldComparison
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    HelpPanel,
    InlinePanel,
    MultiFieldPanel,
    PublishingPanel,
)

from crm_plugin import merge_tags
from crm_plugin.campaigns.problems import sender_problems, visits_among
from crm_plugin.consents.models import Topic
from crm_plugin.delivery.models import Sender
from crm_plugin.personalisation.blocks import SegmentsField, label_for, label_of
from crm_plugin.segments.models import Segment


class SegmentChoiceField(SegmentsField):
    """Segments to tick, each with the number of its members.

    One that was chosen by somebody else stays ticked for *for_user* who may not see it,
    without its name and number.
    """

    for_user: Any = None

    def words(self, segment: Segment) -> str:
        label = label_for(segment, self.for_user)
        if label != str(segment):
            return label
        count = ngettext("%(n)s contact", "%(n)s contacts", segment.size)
        return f"{label} – {count % {'n': f'{segment.size:,}'}}"


class CampaignForm(WagtailAdminModelForm):
    """Validates what would keep the campaign from going out, beside its field."""

    include_segments = SegmentChoiceField(
        Segment.objects.none(),
        required=False,
        label=_("Send to members of"),
        help_text=_(
            "Nothing ticked: everybody who agreed to the topic. Segments of visits are"
            " not offered: they have no members to write to."
        ),
    )
    exclude_segments = SegmentChoiceField(
        Segment.objects.none(),
        required=False,
        label=pgettext_lazy("campaign", "but not to members of"),
    )

    class Media:
        js = ["crm_plugin/ui/edits.js", "crm_plugin/campaigns/new_segment.js"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self._start_with_the_usual()
        for name in ("include_segments", "exclude_segments"):
            if name in self.fields:
                self.fields[name].for_user = self.for_user
                self.fields[name].queryset = self._offered(name)
        if "include_segments" in self.fields:
            self._lead_to_a_new_segment(self.fields["include_segments"])

    def _lead_to_a_new_segment(self, field: forms.Field) -> None:
        """In a tab of its own; whoever comes back finds the segment to tick."""
        may = self.for_user.has_perm if self.for_user else None
        if may and may("crm_plugin.add_segment"):
            fresh = may("crm_plugin.add_campaign") and reverse("crm_campaign:add")
            field.help_text = format_html(
                '{} <a href="{}" target="_blank" rel="noopener"'
                ' data-crm-fresh-ticks="{}">{}</a>: {}',
                field.help_text,
                reverse("crm_segment:add"),
                fresh or "",
                _("New segment"),
                _("opens in a new tab; once published, it can be ticked here."),
            )

    def _start_with_the_usual(self) -> None:
        """Most shops have one sender and one topic: nobody should have to choose."""
        if not self.instance.sender_id:
            self.initial["sender"] = Sender.objects.order_by(
                "-is_default", "pk"
            ).first()
        if not self.instance.topic_id:
            self.initial["topic"] = Topic.objects.filter(active=True).first()

    def _offered(self, name: str) -> QuerySet:
        """What this user may choose, and what is chosen already."""
        visible = Segment.objects.visible_to(self.for_user).live().of_people()
        chosen = [segment.pk for segment in getattr(self.instance, name).all()]
        return Segment.objects.filter(Q(pk__in=visible.values("pk")) | Q(pk__in=chosen))

    def clean_include_segments(self) -> Any:
        return self._with_members("include_segments")

    def clean_exclude_segments(self) -> Any:
        return self._with_members("exclude_segments")

    def _with_members(self, name: str) -> Any:
        """One that was chosen as a draft may have become one of visits since."""
        chosen = self.cleaned_data[name]
        if found := visits_among(chosen):
            raise ValidationError(found)
        return chosen

    def clean_sender(self) -> Any:
        sender = self.cleaned_data["sender"]
        if sender and (problems := sender_problems(sender)):
            raise ValidationError(problems)
        return sender

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        both = set(cleaned.get("include_segments") or ()) & set(
            cleaned.get("exclude_segments") or ()
        )
        if both:
            message = _("A segment cannot be sent to and excluded at once.")
            self.add_error("exclude_segments", message)
        return cleaned


class SegmentsComparison(M2MFieldComparison):
    """Two versions beside each other; Wagtail does not say who reads them."""

    def get_item_display(self, item: Segment) -> str:
        return label_of(item)


class SegmentsPanel(FieldPanel):
    def get_comparison_class(self) -> type[M2MFieldComparison]:
        return SegmentsComparison


class MergeTagsPanel(HelpPanel):
    """The merge tags that exist now, each with what it stands for."""

    class BoundPanel(HelpPanel.BoundPanel):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            rows = [
                ("{{ " + tag.name + " }}", tag.label)
                for tag in sorted(merge_tags.tags().values(), key=lambda t: t.name)
                if tag.resolve or tag.batch
            ]
            self.content = format_html(
                "<p>{}</p><dl class='crm-tags'>{}</dl>",
                _(
                    "Write a tag where a value shall stand, with words for those of "
                    'whom we do not know it: {{ contact.first_name | default:"you" }}'
                ),
                format_html_join("", "<dt><code>{}</code></dt><dd>{}</dd>", rows),
            )


class LanguageSelect(forms.Select):
    """The site's languages, by their own names."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs, choices=settings.LANGUAGES)


VERSION_PANELS = [
    FieldPanel("subject"),
    FieldPanel("preheader"),
    FieldPanel("body"),
    FieldPanel("language", widget=LanguageSelect),
]
MAIL = [
    InlinePanel(
        "versions",
        panels=VERSION_PANELS,
        heading=_("The mail"),
        label=_("Language version"),
        min_num=1,
    ),
    MergeTagsPanel(heading=_("Merge tags"), classname="collapsed"),
]
PLAN = [
    MultiFieldPanel(
        [SegmentsPanel("include_segments"), SegmentsPanel("exclude_segments")],
        heading=_("To whom"),
    ),
    MultiFieldPanel(
        [
            FieldPanel("topic"),
            FieldPanel("sender"),
            FieldRowPanel([FieldPanel("goal"), FieldPanel("goal_days")]),
            FieldPanel("lesson"),
        ],
        heading=_("Plan"),
    ),
    PublishingPanel(),
]
