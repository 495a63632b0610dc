"""Screens of nouns whose every change is kept with old and new value, who and when."""

from typing import Any

from django.db import transaction
from django.db.models import DecimalField, Field, Model, ProtectedError, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.history import HistoryView
from wagtail.admin.viewsets.model import ModelViewSet

from crm_plugin import journal, normalise
from crm_plugin.journal import Change, Entry, Operation

from . import changes
from .exports import ShownExportMixin
from .listing import ListView
from .meanwhile import MeanwhileMixin
from .money import AmountInput

Rows = dict[tuple[str, int], dict[str, Any]]


class JournalMixin:
    """Writes what a form changed. ``told_rows`` names relations of rows that belong to
    the record and are edited with it."""

    told_rows: tuple[str, ...] = ()

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The names of the record's model and of its rows', as the journal has them."""
        meta = self.model._meta  # type: ignore[attr-defined]
        related = (meta.get_field(name).related_model for name in self.told_rows)
        return (meta.model_name, *(model._meta.model_name for model in related))

    def stored(self, pk: int | None) -> Rows:
        """The record and its rows as the database has them; nothing of a new one."""
        record = self.model._default_manager.filter(pk=pk).first()  # type: ignore[attr-defined]
        rows = [] if record is None else [record]
        for name in self.told_rows if record else ():
            rows += getattr(record, name).all()
        return {(_label(row), row.pk): journal.whole(row) for row in rows}

    def keep(self, kind: str, pk: int, before: Rows, name: str) -> None:
        after = self.stored(pk)
        entries: list[Entry] = []
        for key in [*before, *(key for key in after if key not in before)]:
            entries += _differences(*key, before.get(key), after.get(key), pk)
        if entries:
            by = self.request.user  # type: ignore[attr-defined]
            journal.record(kind, entries, by=by, summary=name)


def _label(row: Model) -> str:
    return str(row._meta.model_name)


def _differences(
    model: str, pk: int, old: dict | None, new: dict | None, about: int
) -> list[Entry]:
    if old is None or new is None:
        return [(model, pk, "", old, new, about)]
    return [
        (model, pk, name, old[name], new[name], about)
        for name in new
        if old[name] != new[name]
    ]


class JournalCreateView(JournalMixin, generic.CreateView):
    def save_instance(self) -> Model:
        row = super().save_instance()
        self.keep("create", row.pk, {}, str(row))
        return row


class JournalEditView(JournalMixin, MeanwhileMixin, generic.EditView):
    """What was changed stands below the form, too; nobody overwrites unknowingly."""

    template_name = "crm_plugin/ui/told_form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        told = changes.told(self.object, *self.models, request=self.request)
        return super().get_context_data(told=told, **kwargs)

    def save_instance(self) -> Model:
        before = self.stored(self.form.instance.pk)
        row = super().save_instance()
        self.keep("edit", row.pk, before, str(row))
        return row


class JournalDeleteView(JournalMixin, generic.DeleteView):
    """What something else names is not deleted, and the reader is told."""

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                return super().form_valid(form)
        except ProtectedError:
            text = _("“%(name)s” is in use, so nothing was deleted.")
            if hasattr(self.object, "active"):
                text = _("“%(name)s” is in use, so nothing was deleted. Switch it off.")
            messages.error(self.request, text % {"name": self.object})
            return redirect(self.index_url_name)

    def delete_action(self) -> None:
        pk, name, before = self.object.pk, str(self.object), self.stored(self.object.pk)
        super().delete_action()
        self.keep("delete", pk, before, name)


def _called(operation: Operation) -> str:
    return normalise.staff(operation.by)


class WhatColumn(Column):
    """Every value that the operation changed, from what to what."""

    cell_template_name = "crm_plugin/ui/what_cell.html"


class ChangesView(JournalMixin, HistoryView):
    """Who changed what, from what to what, when; the newest first."""

    filterset_class = None
    columns = [
        WhatColumn("told", label=gettext_lazy("Change")),
        Column("by", label=gettext_lazy("Changed by"), accessor=_called),
        DateColumn("at", label=gettext_lazy("At"), width="15%"),
    ]

    def get_base_queryset(self) -> QuerySet[Operation]:
        about = Change.objects.filter(about=self.object.pk, model__in=self.models)
        rows = Operation.objects.filter(pk__in=about.values("operation_id"))
        return rows.select_related("by").order_by("-pk")

    def get_table(self, object_list: Any) -> Any:
        rows = list(object_list)
        told = changes.lines(
            self.object,
            *self.models,
            operations=[row.pk for row in rows],
            user=self.request.user,
        )
        for row in rows:
            row.told = told.get(row.pk, [])
        return super().get_table(rows)


class KeptListView(ShownExportMixin, ListView):
    """A list that a site keeps by hand; it leaves as a file, too."""


class JournalledViewSet(ModelViewSet):
    """A noun kept by hand, whose history tells old and new values.

    ``index_view_class`` is a ``KeptListView``, or exports columns of its own.
    """

    told_rows: tuple[str, ...] = ()
    list_export = KeptListView.list_export
    index_view_class = KeptListView
    add_view_class = JournalCreateView
    edit_view_class = JournalEditView
    delete_view_class = JournalDeleteView
    history_view_class = ChangesView

    def formfield_for_dbfield(self, db_field: Field, **kwargs: Any) -> Any:
        if isinstance(db_field, DecimalField):
            kwargs["widget"] = AmountInput
        return super().formfield_for_dbfield(db_field, **kwargs)

    def get_add_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_add_view_kwargs(told_rows=self.told_rows, **kwargs)

    def get_edit_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_edit_view_kwargs(told_rows=self.told_rows, **kwargs)

    def get_delete_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_delete_view_kwargs(told_rows=self.told_rows, **kwargs)

    def get_history_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_history_view_kwargs(told_rows=self.told_rows, **kwargs)
