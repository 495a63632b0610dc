"""Message templates: the texts of automatic mails, and starts for answers."""

from typing import Any

import django_filters
from django.conf import settings
from django.forms import Select
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList, Panel
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet

from crm_plugin import merge_tags
from crm_plugin.delivery import messages
from crm_plugin.delivery.models import ServiceMessage
from crm_plugin.ui.listing import EmptyStateMixin
from crm_plugin.ui.meanwhile import DRAFT_FORM

from .choosers import VisibleChooserViewSet, only_visible
from .messages_acts import MessageEditView, MessageRestoreView, MessageTestView


class MessageForm(WagtailAdminModelForm):
    """Says at once which tag a text cannot fill."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].widget = Select(choices=settings.LANGUAGES)
        if self.instance.pk:
            # Code looks the text up by these two.
            self.fields["kind"].disabled = True
            self.fields["language"].disabled = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("subject", "body"):
            try:
                messages.check(data.get("kind", ""), data.get(name, ""))
            except merge_tags.MergeTagError as error:
                self.add_error(name, str(error))
        return data


class TagsPanel(Panel):
    """Every merge tag that stands open to this text."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "crm_plugin/delivery/tags_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context = super().get_context_data(parent_context)
            kind = messages.kinds().get(self.instance.kind)
            context["own"] = sorted(kind.tags.items()) if kind else []
            context["tags"] = sorted(
                (tag.name, tag.label) for tag in merge_tags.tags().values()
            )
            return context


def used_for(row: ServiceMessage) -> str:
    """What the text is for, in words."""
    kind = messages.kinds().get(row.kind)
    if kind and kind.automatic:
        return gettext("sent by itself")
    return gettext("start of an answer") if row.for_answers else gettext("sent by hand")


def language_name(row: ServiceMessage) -> str:
    names = dict(settings.LANGUAGES)
    return gettext(names.get(row.language, row.language))


class MessageFilterSet(WagtailFilterSet):
    language = django_filters.ChoiceFilter(
        label=_("Language"), choices=lambda: settings.LANGUAGES
    )

    class Meta:
        model = ServiceMessage
        fields = ["language", "for_answers"]


class MessageListView(EmptyStateMixin, IndexView):
    empty_text = _(
        "There are no texts of your own yet: automatic mail goes out in the texts that"
        " come with the program."
    )


PANELS = [
    FieldPanel("title"),
    FieldPanel(
        "kind",
        help_text=_(
            "A short name in Latin letters; automatic messages have fixed ones."
        ),
    ),
    FieldPanel("language"),
    FieldPanel("subject"),
    FieldPanel("body"),
    TagsPanel(heading=_("Merge tags"), classname="collapsed"),
    FieldPanel("for_answers"),
]


class MessageViewSet(SnippetViewSet):
    model = ServiceMessage
    icon = "mail"
    menu_label = _("Message templates")
    menu_name = "crm-messages"
    menu_hook = "register_crm_settings_menu_item"
    menu_order = 400
    add_to_admin_menu = True
    admin_url_namespace = "crm_message"
    base_url_path = "crm/messages"
    list_display = [
        "title",
        Column("used_for", label=_("Used for"), accessor=used_for),
        Column("language", label=_("Language"), accessor=language_name),
    ]
    index_view_class = MessageListView
    edit_view_class = MessageEditView
    edit_template_name = DRAFT_FORM
    index_results_template_name = MessageListView.results_template_name
    filterset_class = MessageFilterSet
    search_fields = ["title", "subject", "body"]
    search_backend_name = None
    chooser_viewset_class = VisibleChooserViewSet
    ordering = ["kind", "language"]
    copy_view_enabled = False

    def construct_view(self, view_class: type, **kwargs: Any) -> Any:
        return only_visible(
            ServiceMessage, super().construct_view(view_class, **kwargs)
        )

    def get_edit_handler(self) -> Any:
        handler = ObjectList(PANELS, base_form_class=MessageForm)
        return handler.bind_to_model(self.model)

    def get_urlpatterns(self) -> list:
        return [
            *super().get_urlpatterns(),
            path("test/<int:pk>/", MessageTestView.as_view(), name="test"),
            path("restore/<int:pk>/", MessageRestoreView.as_view(), name="restore"),
        ]
