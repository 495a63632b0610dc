"""Campaigns in the admin: the list, the editor, and the way to the send screen."""

from typing import Any

from django import forms
from django.contrib.admin.utils import quote
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    HelpPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
    TabbedInterface,
)
from wagtail.admin.ui.tables import Column, DateColumn, LiveStatusTagColumn
from wagtail.admin.widgets.button import HeaderButton
from wagtail.snippets.views.snippets import CopyView, EditView, SnippetViewSet

from crm_plugin import merge_tags
from crm_plugin.campaigns.drafts import copy_of
from crm_plugin.campaigns.models import Campaign
from crm_plugin.campaigns.problems import sender_problems
from crm_plugin.delivery.models import Mailing
from crm_plugin.segments.models import Segment

from .campaigns_mailing import MailingStateView, MailingView, SteerView
from .campaigns_send import LaunchView, LetterView, SendView, TestView


class SegmentChoiceField(forms.ModelMultipleChoiceField):
    """Segments to tick, each with the number of its members."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, segment: Segment) -> str:
        count = ngettext("%(n)s contact", "%(n)s contacts", segment.size)
        return f"{segment} – {count % {'n': f'{segment.size:,}'}}"


class CampaignForm(WagtailAdminModelForm):
    """Validates what would keep the campaign from going out, beside its field."""

    include_segments = SegmentChoiceField(
        Segment.objects.none(),
        required=False,
        label=_("Send to members of"),
        help_text=_("Nothing ticked: everybody who agreed to the topic."),
    )
    exclude_segments = SegmentChoiceField(
        Segment.objects.none(), required=False, label=_("but not to members of")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("include_segments", "exclude_segments"):
            if name in self.fields:
                self.fields[name].queryset = self._offered(name)

    def _offered(self, name: str) -> QuerySet:
        """What this user may choose, and what is chosen already."""
        visible = Segment.objects.visible_to(self.for_user).live()
        chosen = [segment.pk for segment in getattr(self.instance, name).all()]
        return Segment.objects.filter(Q(pk__in=visible.values("pk")) | Q(pk__in=chosen))

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


VERSION_PANELS = [
    FieldPanel("subject"),
    FieldPanel("preheader"),
    FieldPanel("language"),
    FieldPanel("body"),
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
        [FieldPanel("include_segments"), FieldPanel("exclude_segments")],
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


class MailingColumn(Column):
    """The state of the last mailing, in words."""

    def get_value(self, instance: Campaign) -> Any:
        state = instance.last_state
        return Mailing.State(state).label if state else ""


class CampaignEditView(EditView):
    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        url = reverse("crm_campaign:send", args=[quote(self.object.pk)])
        return [
            *super().header_buttons,
            HeaderButton(_("Preview, test and send"), url=url, icon_name="mail"),
        ]


class CampaignCopyView(CopyView):
    """A copy has its own text and its own identity, and was never sent."""

    def get_initial_form_instance(self) -> Campaign:
        return copy_of(self.get_object())


class CampaignViewSet(SnippetViewSet):
    model = Campaign
    icon = "mail"
    menu_label = _("Campaigns")
    menu_name = "crm-campaigns"
    menu_order = 310
    menu_hook = "register_crm_menu_item"
    add_to_admin_menu = True
    admin_url_namespace = "crm_campaign"
    base_url_path = "crm/campaign"
    edit_view_class = CampaignEditView
    copy_view_class = CampaignCopyView
    list_display = [
        "name",
        LiveStatusTagColumn(),
        "topic",
        MailingColumn("last_state", label=_("Sending")),
        DateColumn("launched", label=_("Launched")),
    ]
    list_filter = ["topic", "goal"]
    search_fields = ["name"]
    search_backend_name = None
    ordering = ["-id"]

    def get_edit_handler(self) -> Any:
        head = [FieldPanel("name"), *MAIL]
        handler = TabbedInterface(
            [
                ObjectList(head, heading=_("Mail")),
                ObjectList(PLAN, heading=_("To whom and why")),
            ],
            base_form_class=CampaignForm,
        )
        return handler.bind_to_model(self.model)

    def get_queryset(self, request: Any) -> QuerySet:
        last = Mailing.objects.filter(campaign=OuterRef("pk")).order_by("-id")
        return (
            Campaign.objects.visible_to(request.user)
            .select_related("topic")
            .annotate(
                last_state=Subquery(last.values("state")[:1]),
                launched=Subquery(last.values("launched_at")[:1]),
            )
        )

    def get_urlpatterns(self) -> list:
        send = "send/<int:pk>/"
        mailing = "mailing/<uuid:key>/"
        return [
            *super().get_urlpatterns(),
            path(send, SendView.as_view(), name="send"),
            path(f"{send}letter/", LetterView.as_view(), name="letter"),
            path(f"{send}test/", TestView.as_view(), name="test"),
            path(f"{send}launch/", LaunchView.as_view(), name="launch"),
            path(mailing, MailingView.as_view(), name="mailing"),
            path(f"{mailing}state/", MailingStateView.as_view(), name="mailing_state"),
            path(f"{mailing}<slug:verb>/", SteerView.as_view(), name="steer"),
        ]
