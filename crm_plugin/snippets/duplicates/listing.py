"""The queue of pairs, page by page, and how far a search is."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_plugin import queue
from crm_plugin.contacts.duplicates import search
from crm_plugin.contacts.models import SuspectedPair
from crm_plugin.contacts.models.duplicates import Strength
from crm_plugin.snippets.desk import DeskView, allowed
from crm_plugin.ui.exports import may_export
from crm_plugin.ui.listing import CappedPaginator
from crm_plugin.ui.progress import Progress

from . import exporting
from .showing import shown

NEEDS = ("view_suspectedpair",)
PER_PAGE = 20
DISMISSED = "dismissed"


class DuplicateListView(DeskView):
    """Every pair that waits, the likeliest first."""

    needs = NEEDS
    page_title = _("Duplicates")
    header_icon = "copy"
    template_name = "crm_plugin/contacts/duplicates.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        wanted = request.GET.get("strength", "")
        if "export" in request.GET:
            return exporting.file(request, self.rows(wanted))
        paginator = CappedPaginator(self.rows(wanted), PER_PAGE)
        paginator.verbose_name_plural = _("pairs")
        page = paginator.get_page(request.GET.get("p"))
        work = search.work()
        panel = self.panel(work)
        return self.show(
            page=page,
            pairs=shown(page.object_list),
            elided=paginator.get_elided_page_range(page.number),
            wanted=wanted,
            tabs=self.tabs(wanted),
            just=self.just_said(),
            work=work,
            failed=bool(work and work.state == queue.Work.State.FAILED),
            panel=panel,
            media=panel.media if panel else "",
            may_decide=allowed(request.user, "change_suspectedpair"),
            may_export=may_export(request.user),
            may_merge=allowed(request.user, "merge_contact"),
            here=request.get_full_path(),
        )

    def rows(self, wanted: str) -> QuerySet[SuspectedPair]:
        pairs = SuspectedPair.objects.visible_to(self.request.user)
        if wanted == DISMISSED:
            pairs = pairs.current().exclude(dismissed_at=None)
            pairs = pairs.order_by("-dismissed_at", "id")
        else:
            pairs = pairs.open().order_by("-score", "id")
        if wanted in Strength.values:
            pairs = pairs.of_strength(wanted)
        pairs = pairs.select_related("lower", "higher", "dismissed_by")
        return pairs.prefetch_related("lower__points", "higher__points")

    def tabs(self, wanted: str) -> list[dict[str, Any]]:
        """What the list can be narrowed to."""
        index = reverse("crm_duplicate:index")
        words = [
            ("", pgettext_lazy("pairs", "All")),
            *Strength.choices,
            (DISMISSED, _("not the same")),
        ]
        return [
            {
                "url": f"{index}?{urlencode({'strength': key})}" if key else index,
                "label": label,
                "now": key == wanted,
            }
            for key, label in words
        ]

    def just_said(self) -> SuspectedPair | None:
        """The pair that this person just said is not the same, to be taken back."""
        asked = self.request.GET.get("said", "")
        if not asked.isdecimal() or len(asked) > 18:
            return None
        pairs = SuspectedPair.objects.visible_to(self.request.user)
        pairs = pairs.filter(pk=asked, dismissed_by=self.request.user)
        return pairs.select_related("lower", "higher").first()

    def panel(self, work: queue.Work | None) -> Progress | None:
        if work is None or work.state not in queue.Work.OPEN:
            return None
        url = reverse("crm_duplicate:progress")
        return Progress(work, url, label=str(_("All contacts are being compared.")))
