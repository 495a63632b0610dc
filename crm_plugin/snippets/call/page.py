"""Who is calling? The person, several people, or somebody new."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from wagtail.admin import messages

from crm_plugin import normalise
from crm_plugin.contacts import match, organisations, points
from crm_plugin.contacts.models import Contact, Organisation
from crm_plugin.snippets.contacts import facts
from crm_plugin.snippets.contacts.card import CardForm
from crm_plugin.snippets.contacts.one import OneContactMixin
from crm_plugin.snippets.desk import DeskView, allowed, sees_firms
from crm_plugin.touchpoints import calls

from .forms import CallForm, NumberForm

MOST = 20
# Of so many people of firms at most it is asked who they are.
STAFF = 60


class FindCallerView(DeskView):
    """``?number=`` in any spelling; a number typed by hand comes by POST."""

    needs = ("view_contact",)
    page_title = pgettext_lazy("telephone", "Call")
    header_icon = "mobile-alt"
    template_name = "crm_plugin/call/find.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        typed = request.GET.get("number", "").strip()
        # A plus that was not encoded arrives as a blank.
        if request.GET.get("number", "").startswith(" "):
            typed = f"+{typed}"
        return self.found(typed)

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.found(request.POST.get("number", "").strip())

    def found(self, typed: str) -> HttpResponse:
        typed = typed[:60]
        people, firms = self.people(typed), self.firms(typed)
        if len(people) == 1 and not firms:
            return redirect("crm_call:contact", people[0].pk)
        named = {place.contact_id for firm in firms for place in firm.people}  # type: ignore[attr-defined]
        people = [person for person in people if person.pk not in named]
        may_add = allowed(self.request.user, "add_contact")
        form = CardForm(
            user=self.request.user,
            initial=_card(typed, firms),
        )
        known = bool(normalise.phone(typed))
        look_up = NumberForm(initial={"number": typed})
        if people or named or not known:
            form.let_go()
        if not known:
            look_up.fields["number"].widget.attrs["autofocus"] = True
        return self.show(
            typed=typed,
            known=known,
            people=people,
            firms=firms,
            number_form=look_up,
            form=form if may_add else None,
            media=form.media,
        )

    def people(self, typed: str) -> list[Contact]:
        """Those at this very number, with where they belong."""
        norm = normalise.phone(typed)
        ids = match.by_phone([norm]).get(norm, []) if norm else []
        rows = Contact.objects.visible_to(self.request.user).filter(pk__in=ids)
        found = list(rows.order_by("pk")[:MOST])
        ids = [row.pk for row in found] if sees_firms(self.request.user) else []
        places = organisations.current_affiliations(ids)
        for row in found:
            row.places = places.get(row.pk, [])  # type: ignore[attr-defined]
        return found

    def firms(self, typed: str) -> list[Organisation]:
        """Those whose main line it is, with their people to choose from."""
        user = self.request.user
        if not sees_firms(user):
            return []
        found = organisations.by_phone(typed, user=user)[:MOST]
        people = organisations.people_of(found, user=user, limit=STAFF) if found else {}
        for firm in found:
            firm.people = people.get(firm.pk, [])  # type: ignore[attr-defined]
        return found


def _card(typed: str, firms: list[Organisation]) -> dict[str, str]:
    """What is known of somebody new: a main line is the firm's number, not theirs."""
    if firms:
        return {"organisation__name": firms[0].name, "source": "phone"}
    return {"point__phone": typed, "source": "phone"}


class CallView(OneContactMixin, DeskView):
    """The person on the line: what one must know, and the note with the cursor in it."""

    needs = ("view_contact",)
    header_icon = "mobile-alt"
    template_name = "crm_plugin/call/call.html"

    def get_page_title(self) -> str:
        return str(self.contact)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(CallForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not allowed(request.user, "add_touchpoint"):
            raise PermissionDenied
        form = CallForm(request.POST)
        if not form.is_valid():
            return self.page(form)
        said = dict(form.cleaned_data)
        outgoing = said.pop("side") == "out"
        calls.note_call(self.contact, **said, outgoing=outgoing, by=request.user)
        messages.success(request, _("Written down."))
        return redirect(self.contact.get_admin_url())

    def page(self, form: CallForm) -> HttpResponse:
        contact, user = self.contact, self.request.user
        reach = points.read([contact.pk], ["phone", "email"])
        return self.show(
            contact=contact,
            form=form,
            age=facts.age(contact.birth_on),
            places=[p for p in facts.affiliations(contact, user) if not p.ended],
            reach=[point for rows in reach.values() for point in rows],
            may_note=allowed(user, "add_touchpoint"),
            **facts.on_the_line(contact, user),
        )
