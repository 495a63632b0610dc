"""What is done to one deal: moved, won, lost, a next step planned, deleted."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views import generic

from crm_plugin import journal, normalise
from crm_plugin.sales import deals
from crm_plugin.sales.models import Deal, DealStage
from crm_plugin.snippets.desk import ActView, DeskView, ObjectMixin, allowed
from crm_plugin.snippets.follow_ups_forms import FollowUpForm
from crm_plugin.touchpoints import follow_ups
from crm_plugin.touchpoints.models import Phase

from .forms import LoseForm, WinForm

CHANGE = ("change_deal",)
Kind = DealStage.Kind


class DealAct(ActView):
    model = Deal
    needs: tuple[str, ...] = CHANGE
    back = "crm_deal:index"

    def seen(self) -> Deal:
        """The deal as the person saw it, so that somebody faster is noticed."""
        return seen(self.object, self.request.POST.get("version", ""))


def seen(deal: Deal, version: str) -> Deal:
    deal.version = int(version[:9]) if version[:9].isdecimal() else 0
    return deal


class MoveView(DealAct):
    """Into another stage; one that closes the deal asks for more on its own page."""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        stage = find_stage(request.POST.get("stage", ""))
        if stage and stage.kind != Kind.OPEN:
            back = get_valid_next_url_from_request(request) or ""
            url = reverse("crm_deal:close", args=[self.object.pk, stage.pk])
            return redirect(f"{url}?{urlencode({'next': back})}" if back else url)
        return super().post(request, **kwargs)

    def act(self, row: Deal) -> None:
        stage = find_stage(self.request.POST.get("stage", ""))
        if stage is None:
            messages.error(self.request, _("This stage is gone."))
            return
        try:
            if deals.move_deal(self.seen(), stage, by=self.request.user):
                said = {"title": row.title, "stage": stage}
                text = _("“%(title)s” now stands in %(stage)s.") % said
                messages.success(self.request, text)
        except journal.Stale as stale:
            messages.error(self.request, str(stale.message))


def find_stage(pk: str) -> DealStage | None:
    return DealStage.objects.filter(pk=normalise.whole(pk)).first()


class CloseView(ObjectMixin, DeskView):
    """Won: is the purchase recorded at once? Lost: why?"""

    model = Deal
    needs = CHANGE
    header_icon = "pick"
    template_name = "crm_plugin/sales/close.html"

    @cached_property
    def stage(self) -> DealStage:
        closing = DealStage.objects.exclude(kind=Kind.OPEN)
        return get_object_or_404(closing, pk=self.kwargs["stage"])

    @property
    def wins(self) -> bool:
        return self.stage.kind == Kind.WON

    def get_page_title(self) -> str:
        return _("Deal won") if self.wins else _("Deal lost")

    def get_parents(self) -> list[dict[str, str]]:
        deal = self.object
        return [
            {"url": reverse("crm_deal:index"), "label": _("Deals")},
            {"url": deal.get_admin_url(), "label": deal.title},
        ]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page(self.form())

    def form(self, data: Any = None) -> WinForm | LoseForm:
        if self.wins:
            may_sell = allowed(self.request.user, "add_purchase")
            return WinForm(data, deal=self.object, may_sell=may_sell)
        return LoseForm(data, deal=self.object)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.page(form)
        deal = seen(self.object, str(form.cleaned_data["version"]))
        try:
            form.close(deal, self.stage, by=request.user)
        except journal.Stale as stale:
            return self.page(self.read_again(form, str(stale.message)))
        except deals.Backwards:
            form.add_error("on", _("That is before the deal was opened."))
            return self.page(form)
        text = _("Won: %(title)s.") if self.wins else _("Lost: %(title)s.")
        messages.success(request, text % {"title": deal.title})
        back = get_valid_next_url_from_request(request)
        return redirect(back or deal.get_admin_url())

    def read_again(self, form: WinForm | LoseForm, why: str) -> WinForm | LoseForm:
        """Keep what was typed, and let it be saved over what stands now."""
        del self.object
        form.add_error(None, why)
        form.data = form.data.copy()
        form.data["version"] = self.object.version
        return form

    def page(self, form: WinForm | LoseForm) -> HttpResponse:
        back = get_valid_next_url_from_request(self.request)
        return self.show(
            form=form, deal=self.object, stage=self.stage, wins=self.wins, next=back
        )


class StepView(DealAct):
    """Plan the next step with the deal's contact."""

    needs = ("add_followup",)

    def act(self, row: Deal) -> None:
        user = self.request.user
        form = FollowUpForm(
            self.request.POST, prefix="step", user=user, phase=Phase.SALES
        )
        if row.contact is None:
            text = _("A next step needs a person: name a contact in the deal first.")
            messages.error(self.request, text)
        elif form.is_valid():
            follow_ups.plan(row.contact, **form.cleaned_data, by=user)
            messages.success(self.request, _("The next step is planned."))
        else:
            why = " ".join(
                f"{form[name].label}: {' '.join(found)}"
                for name, found in form.errors.items()
            )
            messages.error(self.request, _("Not saved. %(why)s") % {"why": why})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        super().post(request, **kwargs)
        return redirect(self.object.get_admin_url())


class DeleteView(generic.DeleteView):
    """For a deal that never was; one that came to nothing is lost instead."""

    page_title = gettext_lazy("Delete a deal")

    def get_queryset(self) -> Any:
        return Deal.objects.visible_to(self.request.user)

    def delete_action(self) -> None:
        deals.remove_deal(self.object, by=self.request.user)
