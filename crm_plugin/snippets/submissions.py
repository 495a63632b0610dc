"""Submissions: what visitors sent, and those that wait for a person's look."""

from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Select
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from crm_plugin.bookings.reserve import NotBookable, SlotTaken
from crm_plugin.consents.models import Wording
from crm_plugin.contacts.models import Contact
from crm_plugin.intake import attempts, said, spam, submissions
from crm_plugin.intake.conditions import forms
from crm_plugin.intake.models import Submission
from crm_plugin.ui.listing import CappedPaginator, EmptyStateMixin

from .submission_files import DownloadView, with_files

State = Submission.State


class SubmissionFilterSet(WagtailFilterSet):
    received_at = django_filters.DateFromToRangeFilter(
        label=gettext_lazy("Received"), widget=DateRangePickerWidget
    )
    page_id = django_filters.NumberFilter(
        label=gettext_lazy("Form"),
        widget=Select(choices=lambda: [("", _("All")), *forms()]),
    )

    class Meta:
        model = Submission
        fields = ["state", "kind", "received_at", "page_id"]


class StateColumn(Column):
    """The state as a tag, and the one click that a waiting submission needs."""

    cell_template_name = "crm_plugin/intake/state_cell.html"

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict:
        context = super().get_cell_context_data(instance, parent_context)
        request = parent_context["request"]
        return {
            **context,
            "submission": instance,
            "may_release": request.user.has_perm("crm_plugin.change_submission"),
            "csrf_token": parent_context.get("csrf_token"),
        }


def sender(submission: Submission) -> str:
    """Who wrote: the contact, else the typed address; both are mere claims."""
    return str(submission.contact or submission.email_norm or submission.phone_norm)


def record_of(submission: Submission) -> str | None:
    """Where the contact's record opens, if there is one."""
    return submission.contact.get_admin_url() if submission.contact else None


class SubmissionIndexView(EmptyStateMixin, generic.IndexView):
    empty_text = gettext_lazy("No form has been sent yet.")
    paginator_class = CappedPaginator

    def get_base_queryset(self) -> QuerySet:
        rows = Submission.objects.visible_to(self.request.user)
        return rows.select_related("contact").defer("answers", "consents", "source")

    @cached_property
    def header_more_buttons(self) -> list:
        """From the senders of one form to what can be done with all of them."""
        page_id = self.request.GET.get("page_id", "")
        if not page_id.isdecimal() or not self.may_choose_contacts:
            return []
        url = f"{reverse('crm_contact:index')}?form={page_id}"
        label = _("The contacts who sent this form")
        return [Button(label, url=url, icon_name="group", priority=10)]

    @property
    def may_choose_contacts(self) -> bool:
        return self.request.user.has_perm("crm_plugin.view_contact")

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
        return super().get_context_data(
            contact=contacts.first(),
            answers=with_files(row.answers if all_of_it else said.shareable(row), row),
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
REASONS = {
    spam.HONEYPOT: gettext_lazy("A field that people do not see was filled in."),
    spam.TOO_FAST: gettext_lazy("It was sent faster than people can type."),
    spam.NO_TOKEN: gettext_lazy("The form was not opened before it was sent."),
    spam.RATE: gettext_lazy("Very many came from the same network at once."),
}


def reason(row: Submission) -> str:
    """Why a submission waits, in a sentence."""
    if row.state == State.HELD:
        return str(REASONS.get(row.spam_reason, row.spam_reason))
    if row.state == State.FAILED and row.error in ("SlotTaken", "NotBookable"):
        return _("The time was no longer free. Nothing was booked.")
    failed = {"count": row.attempts, "error": row.error}
    if row.state == State.FAILED and row.processed_at:
        return _("Only the automatic mail failed %(count)s times (%(error)s).") % failed
    if row.state == State.FAILED:
        return _("Taking it in failed %(count)s times (%(error)s).") % failed
    if row.state in Submission.OPEN and row.attempts:
        return _("It failed %(count)s times (%(error)s); we try again.") % failed
    if row.state == State.STORED:
        return _("It is stored and will be taken in within minutes.")
    return ""


class ReleaseView(PermissionCheckedMixin, View):
    """One click: run the whole capture for a submission that waits."""

    model = Submission
    as_inquiry = False

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = Submission.objects.visible_to(request.user)
        row = get_object_or_404(rows, pk=pk)
        if not request.user.has_perm("crm_plugin.change_submission"):
            raise PermissionDenied
        if not submissions.release(row, as_inquiry=self.as_inquiry):
            messages.warning(request, _("Somebody released it meanwhile."))
            return self._back(row)
        try:
            row = attempts.attempt(row)
        except (SlotTaken, NotBookable):
            messages.error(
                request,
                _("The time is no longer free. Please call, and take it in without."),
            )
            return self._back(row)
        if row.state == State.PROCESSED:
            messages.success(request, _("Taken in: %(who)s.") % {"who": sender(row)})
        else:
            messages.error(request, _("It did not work; it will be tried again."))
        return self._back(row)

    def _back(self, row: Submission) -> HttpResponse:
        return redirect(reverse("crm_submission:inspect", args=[row.pk]))


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
    list_display = [
        TitleColumn(
            "reference",
            label=gettext_lazy("Reference"),
            get_url=lambda row: reverse("crm_submission:inspect", args=[row.pk]),
        ),
        TitleColumn(
            "sender", label=gettext_lazy("Who"), accessor=sender, get_url=record_of
        ),
        Column("page_title", label=gettext_lazy("Page")),
        Column("kind", label=gettext_lazy("Kind"), accessor="get_kind_display"),
        StateColumn("state", label=gettext_lazy("State")),
        DateColumn(
            "received_at", label=gettext_lazy("Received"), sort_key="received_at"
        ),
    ]

    def get_urlpatterns(self) -> list:
        """Read and release; there is nothing to add, edit or delete by hand."""
        kept = {"index", "index_results", "inspect"}
        return [
            *(each for each in super().get_urlpatterns() if each.name in kept),
            path("file/<uuid:upload>/", DownloadView.as_view(), name="file"),
            path("release/<int:pk>/", ReleaseView.as_view(), name="release"),
            path(
                "release-as-inquiry/<int:pk>/",
                ReleaseView.as_view(as_inquiry=True),
                name="release_as_inquiry",
            ),
        ]
