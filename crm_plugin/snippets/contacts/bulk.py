"""Changing everybody whom the filters choose: look, confirm, follow, take back."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn, UserColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import (
    PermissionCheckedMixin,
    WagtailAdminTemplateMixin,
)

from crm_plugin import queue, rules
from crm_plugin.contacts import bulk, bulk_undo
from crm_plugin.contacts.models import BulkEdit, Contact
from crm_plugin.segments import shown
from crm_plugin.ui.listing import EXACT, EmptyStateMixin
from crm_plugin.ui.progress import Progress, payload

from .bulk_forms import Deed, DeedForm, deeds, told
from .choosing import Choice

SAMPLE = 10
State = BulkEdit.State
KINDS = {State.RUNNING: bulk.KIND, State.UNDOING: bulk_undo.KIND}
LABELS = {
    State.RUNNING: gettext_lazy("The contacts are being changed."),
    State.UNDOING: gettext_lazy("The change is being taken back."),
}


class BulkPage(PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """What the pages about many contacts share."""

    model = Contact
    permission_required = "view"
    header_icon = "edit"
    page_title = gettext_lazy("Change many contacts")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not bulk.acts_for(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        contacts = {"url": reverse("crm_contact:index"), "label": _("Contacts")}
        here = {"url": "", "label": self.get_page_title()}
        return [*self.breadcrumbs_items, contacts, here]


class BulkView(BulkPage):
    """How many, a few of them, and what to do; the button does it."""

    template_name = "crm_plugin/contacts/bulk.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with rules.remembering():
            return super().dispatch(request, *args, **kwargs)

    @cached_property
    def choice(self) -> Choice:
        return Choice.of(self.request)

    @cached_property
    def deeds(self) -> dict[str, Deed]:
        return deeds(self.request.user)

    @cached_property
    def deed(self) -> Deed | None:
        return self.deeds.get(self.request.GET.get("do", ""))

    def get(self, request: HttpRequest) -> HttpResponse:
        if not self.choice.rule:
            return self.nobody_chosen()
        if self.deed is None:
            return self.show(None)
        proposed = request.GET.get("name", "")
        return self.show(DeedForm(self.deed, request.user, proposed=proposed))

    def post(self, request: HttpRequest) -> HttpResponse:
        if not self.choice.rule or self.deed is None:
            return self.nobody_chosen()
        form = DeedForm(self.deed, request.user, request.POST)
        if not form.is_valid():
            return self.show(form)
        try:
            with transaction.atomic():
                edit = bulk.start(
                    self.choice.rule,
                    self.deed.act,
                    definition=self.deed.definition,
                    value=form.said(),
                    by=request.user,
                )
        except bulk.NotAllowed as error:
            raise PermissionDenied from error
        return redirect(page_of(edit))

    def nobody_chosen(self) -> HttpResponse:
        problems = " ".join(self.choice.problems)
        text = problems or _("Choose whom with the filters first.")
        messages.warning(self.request, text)
        return redirect("crm_contact:index")

    def show(self, form: DeedForm | None) -> HttpResponse:
        visible = Contact.objects.visible_to(self.request.user).current()
        contacts, many = self.choice.among(visible)
        count = EXACT + 1 if many else contacts.order_by()[: EXACT + 1].count()
        sample = list(contacts.order_by("-created_at", "-id")[:SAMPLE])
        ids = [contact.pk for contact in sample]
        shown.chosen_by(self.choice.tree, ids, by=self.request.user)
        context = self.get_context_data(
            choice=self.choice,
            deeds=self.deeds,
            deed=self.deed,
            form=form,
            media=form.media if form else "",
            count=count,
            number=f"{EXACT:,}+" if count > EXACT else f"{count:,}",
            sample=sample,
            more=count > SAMPLE,
        )
        return self.render_to_response(context)


class OneEdit(BulkPage):
    """A page about one bulk change; a sensitive one does not exist without the right."""

    @cached_property
    def edit(self) -> BulkEdit:
        rows = BulkEdit.objects.visible_to(self.request.user)
        rows = rows.select_related("definition", "operation", "by")
        return get_object_or_404(rows, public_id=self.kwargs["edit_id"])

    @property
    def work(self) -> queue.Work | None:
        kind = KINDS.get(State(self.edit.state))
        return queue.Work.objects.filter(kind=kind, key=str(self.edit.pk)).first()


class EditPage(OneEdit):
    """How far it is, what it did, and taking it back."""

    template_name = "crm_plugin/contacts/bulk_edit.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        edit, panel = self.edit, None
        if edit.state in KINDS:
            url = reverse("crm_contact:bulk_progress", args=[edit.public_id])
            panel = Progress(self.work, url, label=LABELS[State(edit.state)])
        left = edit.counts.get("left_ids", [])
        visible = Contact.objects.visible_to(self.request.user)
        return super().get_context_data(
            edit=edit,
            what=told(edit),
            sentence=rules.sentence(edit.rule),
            panel=panel,
            media=panel.media if panel else "",
            left=visible.filter(pk__in=left),
            may_undo=edit.state == State.DONE and edit.counts.get("changed"),
            **kwargs,
        )


class ProgressView(OneEdit):
    """What the progress panel polls."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = JsonResponse(payload(self.work))
        response["Cache-Control"] = "private, no-store"
        return response


class UndoView(OneEdit):
    """By POST: take the whole change back, in the background."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.edit.act not in bulk.acts_for(request.user):
            raise PermissionDenied
        try:
            bulk_undo.start(self.edit, by=request.user)
        except bulk_undo.NotReady:
            messages.warning(request, _("This change cannot be taken back any more."))
        return redirect(page_of(self.edit))


class WhatColumn(Column):
    def get_value(self, instance: BulkEdit) -> str:
        return rules.sentence(instance.rule)


class EditsView(EmptyStateMixin, generic.IndexView):
    """Earlier changes, the newest first."""

    model = BulkEdit
    page_title = gettext_lazy("Changes of many contacts")
    header_icon = "edit"
    index_url_name = "crm_contact:bulk_edits"
    empty_text = gettext_lazy(
        "Nothing has been changed for many contacts at once yet. Filter the contacts,"
        " then choose “Change all of them”."
    )
    default_ordering = "-id"
    paginate_by = 30
    columns = [
        TitleColumn(
            "what",
            label=gettext_lazy("Change"),
            accessor=told,
            get_url=lambda e: page_of(e),
        ),
        WhatColumn("rule", label=gettext_lazy("Whom"), classname="crm-wide"),
        Column("state", label=gettext_lazy("State"), accessor="get_state_display"),
        UserColumn("by", label=gettext_lazy("Changed by")),
        DateColumn("created_at", label=gettext_lazy("At")),
    ]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not bulk.acts_for(request.user):
            raise PermissionDenied
        with rules.remembering():
            return super().dispatch(request, *args, **kwargs)

    def user_has_any_permission(self, permissions: Any) -> bool:
        """The right is to do something to many; ``dispatch`` asked."""
        return True

    def get_base_queryset(self) -> QuerySet[BulkEdit]:
        rows = BulkEdit.objects.visible_to(self.request.user)
        return rows.select_related("definition", "by__wagtail_userprofile")


def page_of(edit: BulkEdit) -> str:
    return reverse("crm_contact:bulk_edit", args=[edit.public_id])
