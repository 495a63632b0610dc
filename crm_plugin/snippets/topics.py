"""Topics: what people can subscribe to."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    MultiFieldPanel,
    ObjectList,
)

from crm_plugin.consents.models import Topic
from crm_plugin.ui.journalled import JournalledViewSet, KeptListView
from crm_plugin.ui.listing import YesNoColumn


class TopicForm(WagtailAdminModelForm):
    """The ledger knows topics by their key: it is chosen once."""

    def clean_key(self) -> str:
        key = self.cleaned_data["key"]
        before = self.initial.get("key")
        if self.instance.pk and before and key != before:
            raise ValidationError(
                _("The key never changes: the consents given are kept under it.")
            )
        return key


class TopicListView(KeptListView):
    empty_text = _(
        "There are no topics yet. Add one, such as a newsletter, so that people can"
        " subscribe to it."
    )


class TopicViewSet(JournalledViewSet):
    """Retire a topic by switching it off: consents to it stay as evidence."""

    model = Topic
    name = "crm_topic"
    url_prefix = "crm/topics"
    icon = "tag"
    menu_label = _("Topics")
    menu_hook = "register_crm_settings_menu_item"
    menu_order = 200
    add_to_admin_menu = True
    copy_view_enabled = False
    ordering = ["order", "name"]
    search_backend_name = None
    search_fields = ["name", "name_ja", "key"]
    index_view_class = TopicListView
    list_display = [
        "name",
        "key",
        YesNoColumn("active", label=_("Active")),
        "order",
    ]
    edit_handler = ObjectList(
        [
            FieldRowPanel([FieldPanel("name"), FieldPanel("name_ja")]),
            FieldPanel("key", help_text=_("Stands in the ledger; never changes.")),
            MultiFieldPanel(
                [FieldPanel("description"), FieldPanel("description_ja")],
                heading=_("Description on the preference page"),
            ),
            FieldRowPanel([FieldPanel("active"), FieldPanel("order")]),
        ],
        base_form_class=TopicForm,
    )
