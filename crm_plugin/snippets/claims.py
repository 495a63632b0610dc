"""Changes from forms that wait: accept, reject, or another person; one click each."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic import (
    PermissionCheckedMixin,
    WagtailAdminTemplateMixin,
)
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin.contacts.models import Contact
from crm_plugin.intake import claims
from crm_plugin.intake.models import Claim, Submission
from crm_plugin.segments.stored import condition
from crm_plugin.ui.addresses import people

from .claim_groups import answerable, answerable_forms, grouped

MOST = 50


class ClaimListView(PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """Everything that waits, the oldest first."""

    model = Claim
    permission_required = "view"
    template_name = "crm_plugin/contacts/claim_list.html"
    page_title = gettext_lazy("Changes waiting for confirmation")
    header_icon = "help"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        here = {"url": "", "label": self.get_page_title()}
        return [*self.breadcrumbs_items, here]

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = answerable(request.user).filter(state=Claim.State.WAITING)
        oldest = rows.order_by("submission_id").values_list("submission_id", flat=True)
        rows = rows.filter(submission_id__in=list(oldest.distinct()[:MOST]))
        return self.render_to_response(
            self.get_context_data(
                submissions=grouped(rows, request.user),
                may_decide=request.user.has_perm("crm_plugin.change_claim"),
                people_url=people_url(request.user),
            )
        )


def people_url(user: Any) -> str:
    """About whom something waits; nothing for who does not see all that waits."""
    needs = ("crm_plugin.view_contact", "crm_plugin.view_sensitive")
    return people(condition("claim", when="ever")) if user.has_perms(needs) else ""


class DecideView(PermissionCheckedMixin, View):
    """One answer, by POST only; back to the record."""

    http_method_names = ["post"]
    model = Claim
    permission_required = "change"
    verb: Callable[..., Any] = staticmethod(claims.accept)
    of: type = Claim
    done = gettext_lazy("Taken over into the record.")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(self.rows(), pk=pk)
        contact = row.contact
        try:
            result = self.verb(row, by=request.user)
        except claims.AlreadyDecided:
            messages.warning(request, _("Somebody answered this already."))
            result = None
        except ValueError as refused:
            messages.error(request, str(refused))
            result = None
        else:
            messages.success(request, self.done)
        return redirect(self.target(contact, result))

    def rows(self) -> QuerySet:
        """What may be answered by the person who asks."""
        user = self.request.user
        rows = answerable(user) if self.of is Claim else answerable_forms(user)
        return rows.select_related("contact")

    def target(self, contact: Contact, result: Any) -> str:
        if isinstance(result, Contact):
            return result.get_admin_url()
        return get_valid_next_url_from_request(self.request) or contact.get_admin_url()


ANSWERS: dict[str, tuple[type, Callable[..., Any], Any]] = {
    "accept": (Claim, claims.accept, gettext_lazy("Taken over into the record.")),
    "reject": (Claim, claims.reject, gettext_lazy("Rejected; the record stays.")),
    "accept_all": (
        Submission,
        claims.accept_all,
        gettext_lazy("Everything was taken over into the record."),
    ),
    "reject_all": (
        Submission,
        claims.reject_all,
        gettext_lazy("Rejected; the record stays."),
    ),
    "another_person": (
        Submission,
        claims.another_person,
        gettext_lazy("A contact of its own now stands for this person."),
    ),
}


class ClaimViewSet(ViewSet):
    name = "crm_claim"
    url_prefix = "crm/claims"

    def get_urlpatterns(self) -> list:
        return [
            path("", ClaimListView.as_view(), name="index"),
            *(
                path(
                    f"{name.replace('_', '-')}/<int:pk>/",
                    DecideView.as_view(of=of, verb=staticmethod(verb), done=done),
                    name=name,
                )
                for name, (of, verb, done) in ANSWERS.items()
            ),
        ]
