"""Submissions: what visitors sent, and those that wait for a person's look."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import path, reverse
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from crm_plugin.consents.models import Wording
from crm_plugin.contacts import access, bulk
from crm_plugin.contacts.models import BulkEdit, Contact
from crm_plugin.intake import said
from crm_plugin.intake.models import Submission
from crm_plugin.ui.listing import EmptyStateMixin

from .submission_files import DownloadView, with_files
from .submissions_acts import (
    AllView,
    ReleaseView,
    SpamView,
    SubmissionFilterSet,
)
from .submissions_export import SubmissionExportMixin
from .submissions_words import reason, record_of, sender

State = Submission.State
# Filters of this list which the list of contacts does not have.
NOT_OF_CONTACTS = ("state", "kind", "received_at_from", "received_at_to")


class StateColumn(Column):
    """The state as a tag, and the one click that a waiting submission needs."""

    cell_template_name = "crm_plugin/intake/state_cell.html"

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict:
        context = super().get_cell_context_data(instance, parent_context)
        request = parent_context["request"]
        return {
            **context,
            "submission": instance,
            "reason": reason(instance) if instance.state == State.HELD else "",
            "may_release": request.user.has_perm("crm_plugin.change_submission"),
            "csrf_token": parent_context.get("csrf_token"),
        }


class SubmissionIndexView(EmptyStateMixin, SubmissionExportMixin, generic.IndexView):
    empty_text = gettext_lazy("No form has been sent yet.")
    results_template_name = "crm_plugin/intake/list_results.html"

    def get_base_queryset(self) -> QuerySet:
        rows = Submission.objects.visible_to(self.request.user)
        idle = ["consents", "source", *([] if self.is_export else ["answers"])]
        return rows.select_related("contact").defer(*idle)

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(*args, **kwargs)
        shown = {row.state for row in context["object_list"]}
        return context | {
            "asked": self.request.GET.urlencode(),
            "may_release": self.request.user.has_perm("crm_plugin.change_submission"),
            "some_held": State.HELD in shown,
            "some_spam": State.SPAM in shown,
            **self.senders,
        }

    @property
    def senders(self) -> dict[str, Any]:
        """Where the senders of one form, all of them, can be looked at and gathered."""
        page_id = self.request.GET.get("page_id", "")
        acts = bulk.acts_for(self.request.user)
        may_look = self.request.user.has_perm("crm_plugin.view_contact")
        if not page_id.isdecimal() or not may_look:
            return {}
        asked = urlencode({"form": page_id})
        gather = f"{reverse('crm_contact:bulk')}?{asked}&do={BulkEdit.Act.PICK}"
        narrowed = any(map(self.request.GET.get, NOT_OF_CONTACTS))
        return {
            "senders": f"{reverse('crm_contact:index')}?{asked}",
            "gather": gather if BulkEdit.Act.PICK in acts else "",
            "narrowed": narrowed,
        }

    def get_edit_url(self, instance: Submission) -> None:
        """Nobody edits what a visitor said."""

    def get_add_url(self) -> None:
        """Only visitors send submissions."""

    get_copy_url = get_delete_url = get_edit_url


class SubmissionInspectView(generic.InspectView):
    template_name = "crm_plugin/intake/submission.html"

    def get_base_object_queryset(self) -> QuerySet:
        rows = Submission.objects.visible_to(self.request.user)
        return rows.select_related("contact")

    def get_edit_url(self) -> None:
        """Nobody edits what a visitor said."""

    get_delete_url = get_edit_url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row, user = self.object, self.request.user
        wordings = [entry["wording"] for entry in row.consents]
        contacts = Contact.objects.visible_to(user).filter(pk=row.contact_id)
        all_of_it = user.has_perm("crm_plugin.view_sensitive")
        shown = row.answers if all_of_it else said.shareable(row)
        access.told(((row.contact_id, each.get("field")) for each in shown), by=user)
        return super().get_context_data(
            contact=contacts.first(),
            answers=with_files(shown, row),
            wordings=Wording.objects.filter(pk__in=wordings),
            waiting=row.claims.filter(state="waiting").count(),
            reason=reason(row),
            source=[
                (label, row.source[name])
                for name, label in SOURCES.items()
                if row.source.get(name)
            ],
            may_release=user.has_perm("crm_plugin.change_submission"),
            **kwargs,
        )


SOURCES = {
    "utm_source": "utm_source",
    "utm_medium": "utm_medium",
    "utm_campaign": "utm_campaign",
    "referrer": gettext_lazy("Referrer"),
    "landing_url": gettext_lazy("Landing page"),
}


class SubmissionViewSet(ModelViewSet):
    model = Submission
    name = "crm_submission"
    url_prefix = "crm/submissions"
    icon = "form"
    menu_label = gettext_lazy("Submissions")
    menu_hook = "register_crm_menu_item"
    menu_order = 120
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    index_view_class = SubmissionIndexView
    inspect_view_class = SubmissionInspectView
    filterset_class = SubmissionFilterSet
    form_fields = ["state"]
    ordering = ["-received_at", "-id"]
    list_per_page = 50
    search_backend_name = None
    search_fields = ["reference", "email_norm"]
    list_export = SubmissionExportMixin.list_export
    export_filename = SubmissionExportMixin.export_filename
    list_display = [
        TitleColumn(
            "reference",
            label=gettext_lazy("Reference"),
            get_url=lambda row: reverse("crm_submission:inspect", args=[row.pk]),
        ),
        TitleColumn(
            "sender", label=gettext_lazy("Who"), accessor=sender, get_url=record_of
        ),
        Column("page_title", label=gettext_lazy("Page"), classname="crm-wide"),
        Column(
            "kind",
            label=gettext_lazy("Kind"),
            accessor="get_kind_display",
            classname="crm-wide",
        ),
        StateColumn("state", label=gettext_lazy("State")),
        DateColumn(
            "received_at",
            label=gettext_lazy("Received"),
            sort_key="received_at",
            classname="crm-wide",
        ),
    ]

    def get_urlpatterns(self) -> list:
        """Read and release; there is nothing to add, edit or delete by hand."""
        kept = {"index", "index_results", "inspect"}
        return [
            *(each for each in super().get_urlpatterns() if each.name in kept),
            path("file/<uuid:upload>/", DownloadView.as_view(), name="file"),
            path("release/<int:pk>/", ReleaseView.as_view(), name="release"),
            path("spam/<int:pk>/", SpamView.as_view(), name="spam"),
            path("release-all/", AllView.as_view(), name="release_all"),
            path("spam-all/", AllView.as_view(spam=True), name="spam_all"),
            path(
                "release-as-inquiry/<int:pk>/",
                ReleaseView.as_view(as_inquiry=True),
                name="release_as_inquiry",
            ),
        ]
