"""A scheme is called something else, described, or deleted with all its groups."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from crm_plugin import journal
from crm_plugin.segments import schemes
from crm_plugin.segments.models import SegmentScheme
from crm_plugin.ui import changes, meanwhile

from .locked import refuse_locked
from .schemes_pages import OneScheme, SchemeForm, page_of
from .segments_in_use import DELETED, Refusal, in_use, refusals


class SchemeEditView(OneScheme):
    """Who saves second is told what the first has saved, and loses nothing."""

    needs = ("change_segment",)
    page_title = gettext_lazy("Edit")
    template_name = "crm_plugin/segments/scheme_edit.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.refuse()
        return self.page(self.opened())

    def opened(self, data: Any = None) -> SchemeForm:
        """The form as it would be if it were opened now."""
        row = SegmentScheme.objects.get(pk=self.scheme.pk)
        return SchemeForm(data, instance=row)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.refuse()
        with transaction.atomic():
            rows = SegmentScheme.objects.select_for_update()
            rows.filter(pk=self.scheme.pk).first()
            return self.save(self.opened(request.POST))

    def save(self, form: SchemeForm) -> HttpResponse:
        if not form.is_valid():
            return self.page(form)
        theirs = meanwhile.since(meanwhile.seen(self.request), self.opened(), form)
        if theirs:
            return self.page(form, theirs)
        row = SegmentScheme.objects.get(pk=self.scheme.pk)
        journal.edit(row, form.cleaned_data, by=self.request.user)
        messages.success(self.request, _("Saved."))
        return redirect(page_of(row))

    def page(
        self, form: SchemeForm, theirs: meanwhile.Facts | None = None
    ) -> HttpResponse:
        return self.show(
            form=form,
            scheme=self.scheme,
            told=changes.told(self.scheme, "segmentscheme", request=self.request),
            **meanwhile.carried(self.request, self.opened, theirs),
        )


class SchemeDeleteView(OneScheme):
    """Asked first; refused while one of its groups is used, by somebody or unseen."""

    needs = ("delete_segment",)
    page_title = gettext_lazy("Delete")
    template_name = "crm_plugin/segments/scheme_delete.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.refuse()
        refused = self.in_use()
        return refused or self.show(scheme=self.scheme, classes=self.classes)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.refuse()
        with transaction.atomic():
            refused = self.in_use()
            if refused is None:
                name = str(self.scheme)
                schemes.delete(self.scheme, by=request.user)
                text = _("“%(name)s” is deleted with all its groups.")
                messages.success(request, text % {"name": name})
        return refused or redirect("crm_scheme:index")

    def in_use(self) -> HttpResponse | None:
        classes, user = self.classes, self.request.user
        if locked := refuse_locked(self.request, classes):
            return locked
        if len(classes) < self.scheme.classes.count():
            said = DELETED % {"name": self.scheme}
            why = _("Some of its groups you may not see.")
            return in_use(self.request, [Refusal(said, why)])
        found = refusals(classes, user, DELETED, whole_scheme=True)
        return in_use(self.request, found) if found else None
