"""Opening and editing a deal: one form, somebody found while typing, a guarded save."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from crm_plugin import journal, normalise
from crm_plugin.contacts.models import Contact, Organisation
from crm_plugin.sales import deals
from crm_plugin.sales.models import Deal
from crm_plugin.snippets import finder
from crm_plugin.snippets.desk import DeskView, ObjectMixin
from crm_plugin.snippets.inquiries_forms import new_key
from crm_plugin.ui import meanwhile
from crm_plugin.ui.money import plain_number

from .forms import DealForm


class FormView(DeskView):
    """What opening and editing share; ``do=look`` finds people without a script."""

    header_icon = "pick"
    template_name = "crm_plugin/sales/deal_form.html"
    deal: Deal | None = None

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_deal:index"), "label": _("Deals")}]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.POST.get("do") == "look":
            return self.page(self.form_of(initial=request.POST.dict()))
        form = self.form_of(request.POST)
        if form.is_valid():
            try:
                return redirect(self.save(form).get_admin_url())
            except deals.NobodyNamed:
                text = _("A deal is with somebody: find a contact or an organisation.")
                form.add_error("contact", text)
            except deals.Backwards:
                form.add_error("opened_on", _("The deal went on before that day."))
            except journal.Stale as stale:
                form.add_error(None, str(stale.message))
                return self.page(form, self.told_since(form))
        return self.page(form)

    def form_of(self, *args: Any, **kwargs: Any) -> DealForm:
        return DealForm(*args, user=self.request.user, deal=self.deal, **kwargs)

    def opened(self) -> DealForm | None:
        """The form as it would be if it were opened now; none of a new deal."""
        return None

    def told_since(self, form: DealForm) -> meanwhile.Facts:
        now = self.opened()
        form.data = {**form.data.dict(), "version": now["version"].value()}
        return meanwhile.since(meanwhile.seen(self.request), now, form)

    def save(self, form: DealForm) -> Deal:
        raise NotImplementedError

    def named(self, form: Any) -> dict[str, Any]:
        """The contact and the organisation that were chosen."""
        user = self.request.user
        return {
            "contact": finder.visible_one(Contact, form["contact"].value(), user),
            "organisation": finder.visible_one(
                Organisation, form["organisation"].value(), user
            ),
        }

    def page(
        self, form: DealForm, theirs: meanwhile.Facts | None = None
    ) -> HttpResponse:
        user, named = self.request.user, self.named(form)
        firms = "look_for_firm" in form.fields
        return self.show(
            form=form,
            deal=self.deal,
            chosen={name: row and str(row.pk) for name, row in named.items()},
            people=finder.people(
                str(form["look_for"].value() or ""), user=user, chosen=named["contact"]
            ),
            firms=finder.firms(
                str(form["look_for_firm"].value() or ""),
                user=user,
                chosen=named["organisation"],
                contact=named["contact"],
            )
            if firms
            else [],
            media=form.media,
            **(
                meanwhile.carried(self.request, self.opened, theirs)
                if self.deal
                else {}
            ),
        )


class AddView(FormView):
    needs = ("add_deal",)
    page_title = gettext_lazy("Open a deal")

    def get(self, request: HttpRequest) -> HttpResponse:
        known = {
            name: request.GET[name]
            for name in ("contact", "organisation")
            if normalise.whole(request.GET.get(name)) is not None
        }
        initial = {"owner": request.user.pk, "key": new_key(), **known}
        return self.page(self.form_of(initial=initial))

    def save(self, form: DealForm) -> Deal:
        said = form.cleaned_data
        deal = deals.open_deal(
            said["title"],
            stage=said["stage"],
            key=f"desk:{said['key']}" if said["key"] else None,
            by=self.request.user,
            **self.named(form),
            **form.facts(),
        )
        text = _("“%(title)s” is open.") % {"title": deal.title}
        messages.success(self.request, text)
        return deal


class EditView(ObjectMixin, FormView):
    model = Deal
    needs = ("change_deal",)
    page_title = gettext_lazy("Edit the deal")

    @property
    def deal(self) -> Deal:  # type: ignore[override]
        return self.object

    def get_parents(self) -> list[dict[str, str]]:
        here = {"url": self.deal.get_admin_url(), "label": self.deal.title}
        return [*super().get_parents(), here]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page(self.opened())

    def opened(self) -> DealForm:
        deal = Deal.objects.get(pk=self.deal.pk)
        names = ("title", "amount", "expected_on", "note", "version")
        initial = {name: getattr(deal, name) for name in names}
        ids = ("contact", "organisation", "owner", "category")
        initial |= {name: getattr(deal, f"{name}_id") for name in ids}
        initial["amount"] = plain_number(deal.amount)
        initial["opened_on"] = timezone.localdate(deal.opened_at)
        return self.form_of(initial=initial)

    def save(self, form: DealForm) -> Deal:
        deal, named = self.deal, self.named(form)
        if "look_for_firm" not in form.fields:
            named["organisation"] = deal.organisation
        deal.version = form.cleaned_data["version"] or 0
        values = {"title": form.cleaned_data["title"], **named, **form.facts()}
        operation = deals.edit_deal(deal, values, by=self.request.user)
        text = _("Saved.") if operation else _("Nothing had changed.")
        messages.success(self.request, text)
        return deal
