"""Merge with whom? Who looks like the same person, or somebody found by search."""

from typing import Any

from django.db.models import Q, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.contacts import duplicates, search
from crm_plugin.contacts.merge import merged_into
from crm_plugin.contacts.models import Contact, SuspectedPair
from crm_plugin.snippets.desk import DeskView

from .preview import preview_url

FOUND = 10
LONGEST = 100


class ChooseView(DeskView):
    """What is typed is posted, so that no name stands in an address; nothing changes."""

    needs = ("merge_contact",)
    page_title = gettext_lazy("Merge with whom?")
    header_icon = "group"
    template_name = "crm_plugin/merge/choose.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        visible = Contact.objects.visible_to(request.user)
        self.contact = get_object_or_404(visible.known_as(kwargs["pk"]))

    def get_parents(self) -> list[dict[str, str]]:
        index = {"url": reverse("crm_contact:index"), "label": _("Contacts")}
        record = {"url": self.contact.get_admin_url(), "label": str(self.contact)}
        return [index, record]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page("")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(request.POST.get("look_for", "").strip()[:LONGEST])

    def page(self, look_for: str) -> HttpResponse:
        found = search.people(look_for, user=self.request.user, limit=FOUND + 1)
        people = [person for person in found if person != self.contact][:FOUND]
        suspects = [] if look_for else self.suspects()
        shown = [*people, *(suspect.contact for suspect in suspects)]
        prefetch_related_objects(shown, "points")
        return self.show(
            contact=self.contact,
            look_for=look_for,
            people=[(person, preview_url(self.contact, person)) for person in people],
            suspects=[
                (suspect, preview_url(self.contact, suspect.contact))
                for suspect in suspects
            ],
            past=merged_into(self.contact.pk)[:FOUND],
        )

    def suspects(self) -> list[duplicates.Suspect]:
        said: dict[str, Any] = {
            name: getattr(self.contact, name.partition(".")[2])
            for name in (*duplicates.NAME, *duplicates.KANA)
        }
        for point in self.contact.points.all():
            said.setdefault(f"point.{point.kind}", []).append(point.value)
        user = self.request.user
        found = duplicates.suspects(said, user=user, exclude=self.contact.pk)
        others = _said_no(self.contact)
        return [suspect for suspect in found if suspect.contact.pk not in others]


def _said_no(contact: Contact) -> set[int]:
    """Of whom somebody said that they are not this person."""
    pairs = SuspectedPair.objects.exclude(dismissed_at=None)
    pairs = pairs.filter(Q(lower=contact) | Q(higher=contact))
    ids = pairs.values_list("lower_id", "higher_id")
    return {pk for pair in ids for pk in pair} - {contact.pk}
