"""The preview: two records side by side, a choice per field, what is carried over."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request

from crm_plugin import journal
from crm_plugin.consents.merging import outcome
from crm_plugin.contacts import access
from crm_plugin.contacts.merge import AlreadyMerged, Refused, merge_contacts, preview
from crm_plugin.contacts.models import Contact, SuspectedPair
from crm_plugin.snippets.desk import DeskView

PREFIX = "choice-"
SIDES = ("survivor", "duplicate")
LONGEST = 18


class PreviewView(DeskView):
    """GET shows, POST merges as chosen, if both still are what was shown."""

    needs = ("merge_contact",)
    page_title = gettext_lazy("Merge two records")
    header_icon = "group"
    template_name = "crm_plugin/merge/preview.html"

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_contact:index"), "label": _("Contacts")}]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.with_pair(request.GET) or self.page({})

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.with_pair(request.POST) or self.merge(_choices(request.POST))

    def with_pair(self, said: Any) -> HttpResponse | None:
        """Find both records; an answer instead where they are no pair."""
        ids = [said.get(side, "") for side in SIDES]
        if not any(ids):
            messages.info(self.request, _("Open a record and choose “Merge with…”."))
            return redirect("crm_contact:index")
        visible = Contact.objects.visible_to(self.request.user)
        found = [visible.known_as(_number(pk)).first() for pk in ids]
        if len(found) < len(SIDES) or None in found:
            raise Http404
        self.survivor, self.duplicate = found
        if self.survivor == self.duplicate:
            messages.warning(self.request, _("These two are one record already."))
            return redirect(self.survivor.get_admin_url())
        return None

    def merge(self, choices: dict[str, str]) -> HttpResponse:
        try:
            operation = merge_contacts(
                self.survivor,
                self.duplicate,
                choices=choices,
                by=self.request.user,
                seen=self.seen(),
            )
        except journal.Stale:
            text = _(
                "Somebody changed one of the records while you were choosing. Nothing"
                " was merged yet: please look again."
            )
            messages.error(self.request, text)
            return self.page(choices)
        except AlreadyMerged as refused:
            messages.warning(self.request, str(refused))
            return redirect("crm_contact:inspect", refused.led_to or self.survivor.pk)
        except Refused as refused:
            messages.error(self.request, str(refused))
            return self.page(choices)
        return self.merged(operation)

    def merged(self, operation: journal.Operation) -> HttpResponse:
        undo = messages.button(
            reverse("crm_merge:undo", args=[operation.pk]), _("Undo")
        )
        text = _("Merged: everything now stands on the record of %(name)s.")
        messages.success(
            self.request, text % {"name": self.survivor.name}, buttons=[undo]
        )
        after = get_valid_next_url_from_request(self.request)
        return redirect(after or self.survivor.get_admin_url())

    def seen(self) -> tuple[int, int]:
        """The versions that stood in the page; 0, which none has, where it said none."""
        said = [self.request.POST.get(f"{side}_version", "") for side in SIDES]
        own, other = map(_number, said)
        return own, other

    def page(self, choices: dict[str, str]) -> HttpResponse:
        user, pair = self.request.user, (self.survivor, self.duplicate)
        rows = preview.differences(*pair, user=user)
        shown = [
            row.name.partition(".")[2].partition(":")[0]
            for row in rows
            if row.name.startswith("attribute.")
        ]
        if shown:
            ids, screen = [contact.pk for contact in pair], access.Screen.MERGE
            access.seen(ids, by=user, screen=screen, keys=shown)
        after = get_valid_next_url_from_request(self.request)
        return self.show(
            survivor=self.survivor,
            duplicate=self.duplicate,
            rows=[(row, choices.get(row.name, row.chosen)) for row in rows],
            carried=preview.carried(self.duplicate),
            consents=self.consents(),
            said_no=self.said_no(),
            swap=_address(self.duplicate, self.survivor, after),
            next=after,
        )

    def said_no(self) -> SuspectedPair | None:
        """Somebody's word that these two are not the same person."""
        lower, higher = sorted((self.survivor.pk, self.duplicate.pk))
        pairs = SuspectedPair.objects.exclude(dismissed_at=None)
        pairs = pairs.select_related("dismissed_by")
        return pairs.filter(lower=lower, higher=higher).first()

    def consents(self) -> list[tuple[str, Any, str]]:
        if not self.request.user.has_perm("crm_plugin.view_consent"):
            return []
        return outcome(self.survivor.pk, self.duplicate.pk)


def preview_url(one: Contact, two: Contact) -> str:
    """The preview of this pair, the better survivor first."""
    return _address(*preview.better_survivor(one, two))


def _address(survivor: Contact, duplicate: Contact, after: str = "") -> str:
    asked = {"survivor": survivor.pk, "duplicate": duplicate.pk}
    if after:
        asked["next"] = after
    return f"{reverse('crm_merge:preview')}?{urlencode(asked)}"


def _number(text: str) -> int:
    """An id or a version; 0, which nothing has, where it is none."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST else 0


def _choices(data: Any) -> dict[str, str]:
    return {
        key.removeprefix(PREFIX): data[key] for key in data if key.startswith(PREFIX)
    }
