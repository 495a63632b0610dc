"""For whom a members' page was and is, told from the journal."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.text import capfirst
from wagtail.models import Page

from crm_plugin import journal
from crm_plugin.personalisation.members import MODEL
from crm_plugin.personalisation.models import MembersOnly
from crm_plugin.segments.models import Segment
from crm_plugin.ui import changes


def told(page: Page, request: HttpRequest) -> journal.Page[changes.Told]:
    """The changes on *page*, with the names that the reader may see; three queries."""
    about = journal.Change.objects.filter(about=page.pk, model=MODEL)

    def tell(ids: list[int]) -> list[changes.Told]:
        rows = about.filter(operation__in=ids).select_related("operation__by")
        rows = rows.order_by("-operation_id", "id")
        named = {pk for row in rows for pk in (*row.old, *row.new)}
        visible = Segment.objects.visible_to(request.user).filter(pk__in=named)
        return changes.by_operation(rows, _line({row.pk: str(row) for row in visible}))

    return journal.page(about, tell, before=changes.before(request))


def _line(names: dict[int, str]) -> Callable[[journal.Change], changes.Line]:
    def line(row: journal.Change) -> changes.Line:
        old, new = (
            ", ".join(names.get(pk, "…") for pk in ids) or "–"
            for ids in (row.old, row.new)
        )
        label = MembersOnly._meta.get_field(row.field).verbose_name
        return capfirst(str(label)), f"{old} → {new}"

    return line
