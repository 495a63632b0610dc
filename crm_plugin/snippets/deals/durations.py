"""How long deals take with whom: people and organisations that the reader may see."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.contacts.models import Contact, Organisation
from crm_plugin.lifecycle import deal_days
from crm_plugin.snippets.desk import DeskView, sees_firms

from .board import SEE

MOST = 50


class DurationsView(DeskView):
    needs = SEE
    page_title = gettext_lazy("How long deals take")
    header_icon = "time"
    template_name = "crm_plugin/sales/durations.html"

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_deal:index"), "label": _("Deals")}]

    def get(self, request: HttpRequest) -> HttpResponse:
        people = Contact.objects.visible_to(request.user).current()
        groups = [
            (
                _("By person"),
                _("Who"),
                "crm_contact:inspect",
                _by(people, deal_days.PERSON),
            )
        ]
        if sees_firms(request.user):
            firms = Organisation.objects.visible_to(request.user)
            firms = firms.filter(archived_at=None)
            found = _by(firms, deal_days.ORGANISATION)
            groups.append(
                (
                    _("By organisation"),
                    _("Organisation"),
                    "crm_organisation:inspect",
                    found,
                )
            )
        return self.show(groups=groups)


def _by(rows: QuerySet, groups: str) -> list[deal_days.Median]:
    return deal_days.named(rows, groups, limit=MOST)
