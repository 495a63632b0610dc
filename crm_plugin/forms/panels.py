"""The editor's panel that maps a form field, with what this user may see."""

from typing import Any

from django.forms import Select
from wagtail.admin.panels import FieldPanel

from . import mapping


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
