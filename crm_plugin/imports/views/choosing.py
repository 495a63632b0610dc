"""The first steps: which file, which columns, on what basis."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm_plugin import queue, sheets
from crm_plugin.imports import reading, steps
from crm_plugin.imports.basis import NONE
from crm_plugin.imports.forms import BasisForm, ColumnsForm, UploadForm
from crm_plugin.imports.models import ImportBatch

from .base import BatchView, ImportView


class UploadView(ImportView):
    template_name = "crm_plugin/imports/upload.html"
    page_title = _("New import")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("form", UploadForm(user=self.request.user))
        return super().get_context_data(**kwargs)

    def post(self, request: Any) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES, user=request.user)
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                batch = reading.take_in(
                    upload.read(),
                    upload.name,
                    noun=form.cleaned_data["noun"],
                    by=request.user,
                )
            except sheets.Refused as refused:
                form.add_error("file", str(refused))
            else:
                if upload.size <= reading.SMALL:
                    queue.run_due(reading.KIND, seconds=5)
                return HttpResponseRedirect(
                    reverse("crm_import:batch", args=[batch.public_id])
                )
        return self.render_to_response(self.get_context_data(form=form))


class ColumnsView(BatchView):
    template_name = "crm_plugin/imports/columns.html"
    step = "columns"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.batch.state not in steps.CHOOSING:
            return self.back()
        return super().get(request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None) or ColumnsForm(
            batch=self.batch, user=self.request.user
        )
        return super().get_context_data(
            form=form, columns=form.rows(), understood=len(self.batch.mapping), **kwargs
        )

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        form = ColumnsForm(request.POST, batch=self.batch, user=request.user)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        steps.choose_columns(self.batch, form.mapping())
        if self.batch.noun == ImportBatch.Noun.CONTACTS:
            return HttpResponseRedirect(self.url("basis"))
        steps.choose_basis(self.batch, {"basis": NONE})
        steps.check(self.batch, by=request.user)
        return self.back()


class BasisView(BatchView):
    template_name = "crm_plugin/imports/basis.html"
    step = "basis"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.batch.state not in steps.CHOOSING:
            return self.back()
        return super().get(request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        batch = self.batch
        form = kwargs.pop("form", None) or BasisForm(
            initial={
                "basis": batch.basis,
                "topic": batch.topic,
                "note": batch.basis_note,
                "update": batch.update_existing,
                "lenient": batch.lenient,
            }
        )
        return super().get_context_data(form=form, **kwargs)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        form = BasisForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        steps.choose_basis(self.batch, form.cleaned_data)
        steps.check(self.batch, by=request.user)
        return self.back()
