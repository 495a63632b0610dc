"""The editor's panels of a form page: mapping, wordings, and what is wrong with it."""

from typing import Any

from django.forms import Select
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, Panel

from crm_plugin.consents.models import Topic

from . import mapping, problems
from .topics import WordingsWidget


class MappingPanel(FieldPanel):
    """Choose what a form field is saved as; the choices are those of the moment."""

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        kwargs.setdefault("widget", Select)
        super().__init__(field_name, **kwargs)

    class BoundPanel(FieldPanel.BoundPanel):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            if self.bound_field is None:
                return
            user = getattr(self.request, "user", None)
            current = self.bound_field.value() or ""
            widget = self.bound_field.field.widget
            widget.choices = mapping.choices(user, current=current)


class WordingsPanel(FieldPanel):
    """A wording for each topic that a field of ticks asks for."""

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        kwargs.setdefault("widget", WordingsWidget)
        super().__init__(field_name, **kwargs)

    class BoundPanel(FieldPanel.BoundPanel):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            if self.bound_field is not None:
                topics = Topic.objects.filter(active=True)
                widget = self.bound_field.field.widget
                widget.topics = tuple((topic.key, str(topic)) for topic in topics)


class ProblemsPanel(Panel):
    """What is wrong with the form, said while it is edited; see ``problems``."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("heading", _("Does this form work?"))
        super().__init__(**kwargs)

    class BoundPanel(Panel.BoundPanel):
        template_name = "crm_plugin/forms/problems_panel.html"

        @cached_property
        def problems(self) -> list[problems.Problem]:
            return problems.of_editor(self.form, self.request.user)

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context = super().get_context_data(parent_context)
            meta = self.instance._meta
            address = reverse(
                "crm_form:problems", args=[meta.app_label, meta.model_name]
            )
            return {**context, "problems": self.problems, "address": address}
