"""Short lists whose entries tell what was changed: old and new value, who and when."""

from typing import Any

from django.db import transaction
from wagtail.admin.views import generic

from crm_plugin import journal

from . import changes


class ToldCreateView(generic.CreateView):
    """What was added stands in the journal."""

    def save_instance(self) -> Any:
        with transaction.atomic():
            row = super().save_instance()
            label = str(row._meta.model_name)
            entry = (label, row.pk, "", None, journal.whole(row))
            journal.record("create", [entry], by=self.request.user, summary=str(row))
        return row


class ToldEditView(generic.EditView):
    """What was changed stands in the journal, and below the form."""

    template_name = "crm_plugin/ui/told_form.html"

    def save_instance(self) -> Any:
        with transaction.atomic():
            rows = self.model._default_manager.select_for_update()
            old = journal.whole(rows.get(pk=self.object.pk))
            row = super().save_instance()
            new, label = journal.whole(rows.get(pk=row.pk)), str(row._meta.model_name)
            entries = [
                (label, row.pk, name, old[name], new[name])
                for name in new
                if old[name] != new[name]
            ]
            if entries:
                user = self.request.user
                journal.record("edit", entries, by=user, summary=str(row))
        return row

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        label = str(self.model._meta.model_name)
        told = changes.told(self.object, label, user=self.request.user)
        return super().get_context_data(told=told, **kwargs)
