"""The record of an organisation on one screen, by right."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import HeaderButton

from crm_plugin.contacts import access, changed, values
from crm_plugin.contacts.models import Affiliation, Department, Organisation
from crm_plugin.sales.models import Deal, Purchase
from crm_plugin.snippets import archiving, years
from crm_plugin.snippets.contacts import facts, relation, story
from crm_plugin.touchpoints.models import ContactFrequency
from crm_plugin.touchpoints.people import People as Whose
from crm_plugin.ui import changes
from crm_plugin.ui.listing import EXACT

from .gate import ForOrganisations

NOUN = "organisation"
NOW, BEFORE, BOUGHT, CHANGES = 200, 50, 10, 20


@dataclass
class People:
    """Who belongs to it now and who did, and how often we are in contact."""

    now: list[Affiliation] = field(default_factory=list)
    before: list[Affiliation] = field(default_factory=list)
    relation: dict[str, Any] = field(default_factory=dict)
    last: Affiliation | None = None


class OrganisationRecordView(
    ForOrganisations,
    generic.PermissionCheckedMixin,
    generic.WagtailAdminTemplateMixin,
    View,
):
    model = Organisation
    any_permission_required = ["view"]
    template_name = "crm_plugin/contacts/organisation.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.object = self.one(pk)
        screen = access.Screen.RECORD
        access.seen_organisations([pk], by=request.user, screen=screen)
        return self.answer()

    def answer(self) -> HttpResponse:
        """Its days and times are the site's, wherever the reader is."""
        with timezone.override(timezone.get_default_timezone()):
            return self.render_to_response(self.get_context_data()).render()

    def one(self, pk: int) -> Organisation:
        rows = Organisation.objects.visible_to(self.request.user)
        return get_object_or_404(rows.select_related("owner"), pk=pk)

    def get_page_title(self) -> str:
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return self.trail()

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        if not self.user_has_permission("change"):
            return []
        url = reverse("crm_organisation:edit", args=[self.object.pk])
        return [HeaderButton(_("Edit"), url=url, icon_name="edit")]

    def may(self, codename: str) -> bool:
        return bool(self.request.user.has_perm(f"crm_plugin.{codename}"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row, user = self.object, self.request.user
        who = people(row, user)
        shown = values.read([row.pk], user=user, noun=NOUN).get(row.pk, [])
        yearly = years.table(row.pk, noun=NOUN, user=user)
        return super().get_context_data(
            organisation=row,
            people=who,
            **who.relation,
            departments=departments(row, user),
            groups=facts.grouped(shown),
            yearly=yearly,
            asks_yearly=self.may("change_organisation")
            and (yearly or years.dated(user, NOUN)),
            changes=changed.of_organisation(
                row, before=changes.before(self.request), limit=CHANGES, user=user
            ),
            may_join=self.may("add_affiliation") and self.may("view_contact"),
            may_correct=self.may("change_affiliation"),
            may_add_department=self.may("add_department"),
            may_edit_department=self.may("change_department"),
            may_remove_department=self.may("delete_department"),
            may_see_people=self.may("view_contact"),
            deals=deals(row, user),
            may_open_deal=self.may("add_deal"),
            **sales(row, user),
            **archiving.context(row, user),
            **self.story_context(),
            **kwargs,
        )

    def story_context(self) -> dict[str, Any]:
        row, user = self.object, self.request.user
        return story.context(
            Whose(row, user),
            story.Filter.read(self.request.GET),
            user=user,
            home=row.get_admin_url(),
            more=reverse("crm_organisation:story", args=[row.pk]),
        )


class OrganisationStoryView(OrganisationRecordView):
    """The next page of what happened with it and its people, as a fragment."""

    template_name = "crm_plugin/contacts/story_page.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.object = self.one(pk)
        return self.answer()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return self.story_context()


def people(row: Organisation, user: Any) -> People:
    """Ordered by their role in decisions, each with the last touch; eight queries."""
    if not user.has_perm("crm_plugin.view_contact"):
        return People()
    places = Affiliation.objects.of_people().filter(organisation=row)
    places = places.select_related("contact", "department")
    found = People(
        now=list(places.current().by_role()[:NOW]),
        before=list(places.earlier().order_by("-ended_on", "id")[:BEFORE]),
    )
    ids = {place.contact_id for place in found.now}
    touched = ContactFrequency.objects.filter(contact_id__in=ids)
    last = dict(touched.values_list("contact_id", "last_at"))
    for place in found.now:
        place.last_at = last.get(place.contact_id)
    found.last = max(
        (place for place in found.now if place.last_at),
        key=lambda place: place.last_at,
        default=None,
    )
    last_at = found.last.last_at if found.last else None
    found.relation = relation.of_firm(row.pk, list(ids), last_at, user)
    return found


def departments(row: Organisation, user: Any) -> list[Department]:
    """With how many people belong to each, and what is known of it."""
    now = Q(affiliations__in=Affiliation.objects.current().of_people())
    found = list(
        Department.objects.filter(organisation=row)
        .annotate(people_count=Count("affiliations__contact", now, distinct=True))
        .order_by("name")
    )
    ids = [department.pk for department in found]
    shown = values.read(ids, user=user, noun="department")
    for department in found:
        department.shown = shown.get(department.pk, [])
    return found


def deals(row: Organisation, user: Any) -> list[Deal]:
    """Open ones; the same deal stands on its person's record."""
    rows = Deal.objects.visible_to(user).open().filter(organisation=row)
    rows = rows.select_related("stage", "contact")
    return list(rows.order_by("expected_on", "id")[:BOUGHT])


def sales(row: Organisation, user: Any) -> dict[str, Any]:
    """What was sold to it: every purchase counts once, whoever made it."""
    if not user.has_perm("crm_plugin.view_purchase"):
        return {}
    purchases = Purchase.objects.visible_to(user).filter(organisation=row)
    totals = purchases.aggregate(
        net=Sum("amount"), count=Count("pk"), first=Min("on"), last=Max("on")
    )
    newest = purchases.select_related("contact").order_by("-at", "-id")
    return {
        "totals": totals,
        "purchases": list(newest[:BOUGHT]),
        "all_purchases": _in_all(totals["count"]),
    }


def _in_all(count: int) -> str:
    """How many the list will tell of, where there are more than stand here."""
    if count <= BOUGHT:
        return ""
    return f"{EXACT:,}+" if count > EXACT else f"{count:,}"
