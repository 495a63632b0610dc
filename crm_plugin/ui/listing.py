"""Lists whose cost is the page they show, never the number of records."""

from collections.abc import Sequence
from typing import Any

from django.forms import Media
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic

EXACT = 1_000


class CappedPaginator(WagtailPaginator):
    """Counts exactly up to 1,000 and says "1,000+" beyond.

    Pages end there too: whoever needs row 1,001 searches or filters. A list that shows
    only the first of what a search found sets ``is_cut``; one that knows that there are
    more than 1,000 sets ``is_many``, and nothing is counted.
    """

    is_cut = False
    is_many = False

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        if self.is_many:
            return EXACT + 1
        if not hasattr(rows, "query"):
            return len(rows)
        return rows.order_by()[: EXACT + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self._counted, EXACT)

    @cached_property
    def items_count_label(self) -> str:
        if self.is_cut:
            return _("the first %(count)s found; add a word to see fewer") % {
                "count": self.count
            }
        if self._counted <= EXACT:
            return self._exactly(self._counted)
        return _("%(count)s+ %(things)s; search or filter to see the others") % {
            "count": f"{EXACT:,}",
            "things": self.verbose_name_plural,
        }

    def _exactly(self, count: int) -> str:
        things = self.verbose_name if count == 1 else self.verbose_name_plural
        return _("%(count)s %(things)s") % {"count": f"{count:,}", "things": things}


class KnownPaginator(CappedPaginator):
    """Of rows whose number stands somewhere already: none is counted, none cut off."""

    def __init__(self, rows: Any, per_page: int, *, count: int) -> None:
        super().__init__(rows, per_page)
        self.count = count

    @cached_property
    def items_count_label(self) -> str:
        return self._exactly(self.count)


class OnlyChosenExports:
    """No file of a list that names no columns for one. Before Wagtail's ``IndexView``.

    Wagtail's own would answer ``?export=csv`` with a blank line for each row.
    """

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)  # type: ignore[misc]
        if not getattr(self, "list_export", ()):
            self.is_export = False


class EmptyStateMixin(OnlyChosenExports):
    """Says of an empty list what to do, and counts no long one to its end.

    Put before Wagtail's ``IndexView``. Override ``empty_text``: what will stand here,
    and where it comes from. ``further``: other ways to begin, as (address, label).
    """

    results_template_name = "crm_plugin/ui/list_results.html"
    paginator_class = CappedPaginator
    empty_text: Any = ""
    further: Sequence[tuple[str, Any]] = ()

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(*args, **kwargs)  # type: ignore[misc]
        context["media"] += Media(css={"all": ["crm_plugin/ui/lists.css"]})
        return context


class OwnLanguageMixin:
    """Records with a name in two languages are listed in the reader's."""

    @cached_property
    def columns(self) -> list[Column]:
        columns = super().columns  # type: ignore[misc]
        for column in columns:
            if isinstance(column, TitleColumn):
                column.accessor = str
        return columns


class ListView(EmptyStateMixin, OwnLanguageMixin, generic.IndexView):
    """The list of a noun that people keep by hand."""


class DayColumn(Column):
    """A day, written out: one to come is not “0 minutes ago”."""

    def get_value(self, instance: Any) -> str:
        day = super().get_value(instance)
        return date_format(day, "SHORT_DATE_FORMAT") if day else ""


class FigureColumn(Column):
    """A number, aligned so that its digits stand below each other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"classname": "crm-figure", **kwargs})


class YesNoColumn(Column):
    """A word instead of a red cross: no is no mistake."""

    def get_value(self, instance: Any) -> str:
        return _("yes") if super().get_value(instance) else _("no")
