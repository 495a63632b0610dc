"""From a list of things to the people behind them: to save as a segment, to export."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.widgets.button import HeaderButton

from crm_plugin.ui.addresses import people

Said = dict[str, Any]


class TheirPeopleMixin:
    """A button from a list to its people. Put before Wagtail's ``IndexView``.

    Give ``of_whom``: the rule for the filters in use, of which ``said_by`` knows how each
    is said in one condition. Nothing is offered for a search, or for a filter that no
    condition can say: the people would be others than those of the list.
    """

    said_by: Mapping[str, Callable[[Any], Said]] = {}

    def of_whom(self, said: Said) -> list[dict[str, Any]]:
        raise NotImplementedError

    @cached_property
    def header_buttons(self) -> list[Any]:
        buttons = super().header_buttons  # type: ignore[misc]
        url = self.people_url
        if not url:
            return buttons
        return [*buttons, HeaderButton(_("Who they are"), url=url, icon_name="group")]

    @property
    def people_url(self) -> str:
        if not self.request.user.has_perm("crm_plugin.view_contact"):  # type: ignore[attr-defined]
            return ""
        said = self._said()
        rule = [] if said is None else self.of_whom(said)
        return people(*rule) if rule else ""

    def _said(self) -> Said | None:
        """What the filters in use say; None where they say what no condition can."""
        filters = self.filters  # type: ignore[attr-defined]
        if self.is_searching or (filters and not filters.is_valid()):  # type: ignore[attr-defined]
            return None
        used = {
            name: value
            for name, value in (filters.form.cleaned_data if filters else {}).items()
            if value not in (None, "", [], False)
        }
        if not set(used) <= set(self.said_by):
            return None
        said: Said = {}
        for name, value in used.items():
            found = self.said_by[name](value)
            if any(said.get(key, new) != new for key, new in found.items()):
                return None
            said |= found
        return said
