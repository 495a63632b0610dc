"""Campaigns in the admin: the list, the editor, and the way to the send screen."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.panels import (
    FieldPanel,
    ObjectList,
    TabbedInterface,
)
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn
from wagtail.admin.widgets.button import HeaderButton
from wagtail.snippets.views.snippets import (
    CopyView,
    CreateView,
    EditView,
    IndexView,
    SnippetViewSet,
)

from crm_plugin.campaigns.drafts import copy_of
from crm_plugin.campaigns.models import Campaign
from crm_plugin.delivery.models import Mailing
from crm_plugin.ui.exports import Columns, ColumnsExportMixin
from crm_plugin.ui.listing import CappedPaginator
from crm_plugin.ui.meanwhile import DRAFT_FORM, DraftMeanwhileMixin

from .campaigns_form import MAIL, PLAN, CampaignForm
from .campaigns_mailing import MailingStateView, MailingView, SteerView
from .campaigns_send import LaunchView, LetterView, SendView, TestView
from .choosers import VisibleChooserViewSet, only_visible
from .whole_forms import TellsWhatLacksMixin, whole_only


def is_live(campaign: Campaign) -> bool:
    return campaign.live


def status_of(campaign: Campaign) -> Any:
    """Draft or published, from the row alone: Wagtail's own asks once per row."""
    if not campaign.live:
        return _("draft")
    return _("live + draft") if campaign.has_unpublished_changes else _("live")


class MailingColumn(Column):
    """The state of the last mailing, in words, leading to its screen."""

    def get_value(self, instance: Campaign) -> Any:
        state, key = instance.last_state, instance.last_key
        if not state:
            return ""
        url = reverse("crm_campaign:mailing", args=[key])
        return format_html('<a href="{}">{}</a>', url, Mailing.State(state).label)


SEND = _("Preview, test and send")


def send_url(campaign: Campaign) -> str:
    return reverse("crm_campaign:send", args=[quote(campaign.pk)])


def _sending(campaign: Campaign) -> str:
    state = campaign.last_state
    return str(Mailing.State(state).label) if state else ""


EXPORTED: Columns = {
    "name": (_("Name"), lambda row: row.name),
    "status": (_("Status"), lambda row: str(status_of(row))),
    "topic": (_("Topic"), lambda row: str(row.topic or "")),
    "goal": (_("Goal"), lambda row: row.get_goal_display()),
    "last_state": (_("Sending"), _sending),
    "launched": (_("Launched"), lambda row: row.launched),
}


class CampaignIndexView(ColumnsExportMixin, IndexView):
    paginator_class = CappedPaginator
    exported = EXPORTED

    def get_list_more_buttons(self, instance: Campaign) -> list[MenuItem]:
        buttons = super().get_list_more_buttons(instance)
        send = MenuItem(SEND, url=send_url(instance), icon_name="mail", priority=5)
        return [send, *buttons]


class SendButtonMixin:
    """After saving, the next step is one click away."""

    object: Campaign

    def get_success_buttons(self) -> list[dict[str, Any]]:
        following = messages.button(send_url(self.object), SEND)
        return [following, *super().get_success_buttons()]  # type: ignore[misc]


class CampaignCreateView(SendButtonMixin, CreateView):
    pass


class CampaignEditView(
    TellsWhatLacksMixin, DraftMeanwhileMixin, SendButtonMixin, EditView
):
    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        button = HeaderButton(SEND, url=send_url(self.object), icon_name="mail")
        return [*super().header_buttons, button]


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
    index_view_class = CampaignIndexView
    list_export = list(EXPORTED)
    export_filename = "campaigns"
    add_view_class = CampaignCreateView
    edit_view_class = CampaignEditView
    edit_template_name = DRAFT_FORM
    copy_view_class = CampaignCopyView
    list_display = [
        "name",
        StatusTagColumn(
            "status", label=_("Status"), accessor=status_of, primary=is_live
        ),
        "topic",
        MailingColumn("last_state", label=_("Sending")),
        DateColumn("launched", label=_("Launched")),
    ]
    list_filter = ["topic", "goal"]
    search_fields = ["name"]
    search_backend_name = None
    ordering = ["-id"]
    chooser_viewset_class = VisibleChooserViewSet

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

    def construct_view(self, view_class: type, **kwargs: Any) -> Callable:
        view = super().construct_view(view_class, **kwargs)
        return only_visible(Campaign, whole_only(view))

    def get_queryset(self, request: Any) -> QuerySet:
        last = Mailing.objects.filter(campaign=OuterRef("pk")).order_by("-id")
        return (
            Campaign.objects.visible_to(request.user)
            .select_related("topic")
            .annotate(
                last_state=Subquery(last.values("state")[:1]),
                last_key=Subquery(last.values("public_id")[:1]),
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
