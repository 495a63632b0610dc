"""The record on one screen, and its history page by page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin.views.generic import (
    PermissionCheckedMixin,
    WagtailAdminTemplateMixin,
)
from wagtail.admin.widgets.button import HeaderButton

from crm_plugin.conf import CrmSettings
from crm_plugin.contacts import access
from crm_plugin.contacts.models import Contact, ContactAlias
from crm_plugin.snippets import archiving, follow_ups
from crm_plugin.snippets.follow_ups_forms import FollowUpForm
from crm_plugin.snippets.notes import NoteForm

from . import facts, story
from .addresses import address


class RecordView(PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    model = Contact
    any_permission_required = ["view"]
    template_name = "crm_plugin/contacts/record.html"
    header_icon = "user"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Its days and times are the site's, wherever the reader is."""
        with timezone.override(timezone.get_default_timezone()):
            return self.answer(request, pk)

    def answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = Contact.objects.visible_to(request.user).select_related(
            "owner", "introduced_by"
        )
        contact = rows.filter(pk=pk).first()
        if contact is None:
            return self.survivor(pk)
        self.object = contact
        access.seen([contact.pk], by=request.user, screen=access.Screen.RECORD)
        return self.render_to_response(self.get_context_data()).render()

    def survivor(self, pk: int) -> HttpResponse:
        """An old id leads to the contact that it was merged into."""
        alias = get_object_or_404(ContactAlias, old_id=pk)
        visible = Contact.objects.visible_to(self.request.user)
        return redirect(get_object_or_404(visible, pk=alias.contact_id).get_admin_url())

    def get_page_title(self) -> str:
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        contacts = {"url": reverse("crm_contact:index"), "label": _("Contacts")}
        here = {"url": "", "label": str(self.object)}
        return [*self.breadcrumbs_items, contacts, here]

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        if not self.may("change_contact"):
            return []
        url = reverse("crm_contact:edit", args=[self.object.pk])
        return [HeaderButton(_("Edit"), url=url, icon_name="edit")]

    def may(self, codename: str) -> bool:
        return bool(self.request.user.has_perm(f"crm_plugin.{codename}"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        contact, user = self.object, self.request.user
        wanted = story.Filter.read(self.request.GET)
        note, step = NoteForm(), FollowUpForm(prefix="step", user=user)
        return super().get_context_data(
            contact=contact,
            age=facts.age(contact.birth_on),
            **(facts.gather(contact, user) | follow_ups.acts(user)),
            back=f"{self.request.get_full_path()}#card-next",
            **self.story_context(wanted),
            note_form=note,
            step_form=step,
            media=note.media + step.media,
            may_note=self.may("add_touchpoint"),
            may_plan=self.may("add_followup"),
            may_decide=self.may("change_claim"),
            **self.rights_to_places(),
            links=self.links(),
            **archiving.context(contact, user),
            **kwargs,
        )

    def rights_to_places(self) -> dict[str, bool]:
        """Who may say where they belong; nobody where organisations are hidden."""
        hidden = CrmSettings.load().consumers_only
        return {
            "may_join": not hidden and self.may("add_affiliation"),
            "may_correct": not hidden and self.may("change_affiliation"),
        }

    def story_context(self, wanted: story.Filter) -> dict[str, Any]:
        return story.context(
            self.object,
            wanted,
            user=self.request.user,
            home=self.object.get_admin_url(),
            more=reverse("crm_contact:story", args=[self.object.pk]),
        )

    def links(self) -> list[tuple[str, str, str]]:
        """Acts that live on other screens: address, icon, label."""
        asked = f"?contact={self.object.pk}"
        offered = [
            ("add_booking", address("crm_booking:add"), "calendar-alt", _("Book")),
            (
                "add_purchase",
                address("crm_purchase:add"),
                "tag",
                _("Record a purchase"),
            ),
            ("add_deal", address("crm_deal:add"), "pick", _("Open a deal")),
        ]
        links = [
            (url + asked, icon, label)
            for codename, url, icon, label in offered
            if url and self.may(codename)
        ]
        merge = address("crm_merge:choose", self.object.pk)
        if merge and self.may("merge_contact"):
            links.append((merge, "group", _("Merge with…")))
        return links


class StoryView(RecordView):
    """The next page of the history as a fragment."""

    template_name = "crm_plugin/contacts/story_page.html"

    def survivor(self, pk: int) -> HttpResponse:
        """Somebody reads on in a record that was merged meanwhile."""
        visible = Contact.objects.visible_to(self.request.user)
        self.object = get_object_or_404(visible.known_as(pk))
        screen = access.Screen.RECORD
        access.seen([self.object.pk], by=self.request.user, screen=screen)
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wanted = story.Filter.read(self.request.GET)
        return {"contact": self.object, **self.story_context(wanted)}
