"""How long deals take with whom: people and organisations that the reader may see."""

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.contacts.models import Contact, Organisation
from crm_plugin.lifecycle import deal_days
from crm_plugin.snippets.desk import DeskView, sees_firms
from crm_plugin.ui.exports import may_export, table

from .board import SEE

MOST = 50


class DurationsView(DeskView):
    needs = SEE
    page_title = gettext_lazy("How long deals take")
    header_icon = "time"
    template_name = "crm_plugin/sales/durations.html"

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_deal:index"), "label": _("Deals")}]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if request.GET.get("export"):
            return self.export(request)
        groups = self.groups(limit=MOST)
        return self.show(groups=groups, may_export=may_export(request.user))

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """All of them, however many the screen shows."""
        rows = [
            [heading, str(row.which), row.count, round(row.days, 1)]
            for heading, _who, _record, found in self.groups()
            for row in found
        ]
        header = [_("By"), _("Which"), _("Deals"), _("Median of days")]
        return table(
            request, "deal", header, rows, count=len(rows), name="deal_durations"
        )

    def groups(self, limit: int | None = None) -> list[tuple]:
        """Heading, who, the route of a record, and the medians; people, then firms."""
        people = Contact.objects.visible_to(self.request.user).current()
        found = deal_days.named(people, deal_days.PERSON, limit=limit)
        groups = [(_("By person"), _("Who"), "crm_contact:inspect", found)]
        if sees_firms(self.request.user):
            firms = Organisation.objects.visible_to(self.request.user)
            firms = firms.filter(archived_at=None)
            found = deal_days.named(firms, deal_days.ORGANISATION, limit=limit)
            head = (_("By organisation"), _("Organisation"))
            groups.append((*head, "crm_organisation:inspect", found))
        return groups
