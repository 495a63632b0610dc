"""Somebody's plan: change it from a day on, correct a stay, take one out."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail.admin import messages

from crm_plugin import journal
from crm_plugin.contacts.models import Contact
from crm_plugin.sales import plans
from crm_plugin.sales.models import Plan, PlanPeriod
from crm_plugin.snippets.desk import DeskView, ObjectMixin, allowed
from crm_plugin.ui import changes, meanwhile

from .forms import ChangeForm, StayForm


class PlanScreen(DeskView):
    """What the screens about one contact's plan share."""

    header_icon = "calendar-check"

    @cached_property
    def contact(self) -> Contact:
        return self.object.contact  # type: ignore[attr-defined]

    def get_page_subtitle(self) -> str:
        return str(self.contact)

    def get_parents(self) -> list[dict[str, str]]:
        return [
            {"url": reverse("crm_contact:index"), "label": _("Contacts")},
            {"url": self.contact.get_admin_url(), "label": str(self.contact)},
        ]

    def back(self) -> HttpResponse:
        return redirect(self.contact.get_admin_url())

    def told(self) -> journal.Page[changes.Told]:
        return changes.told(self.contact, "planperiod", request=self.request)


class ChangePlanView(PlanScreen):
    """Nothing is overwritten: the plan before ends on the day before."""

    needs = ("add_planperiod",)
    page_title = pgettext_lazy("subscription", "Plan")
    template_name = "crm_plugin/sales/plan.html"

    @cached_property
    def contact(self) -> Contact:
        rows = Contact.objects.visible_to(self.request.user).current()
        return get_object_or_404(rows, pk=self.kwargs["contact_id"])

    @cached_property
    def standing(self) -> PlanPeriod | None:
        return plans.current([self.contact.pk]).get(self.contact.pk)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page(ChangeForm(standing=self.standing))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = ChangeForm(request.POST, standing=self.standing)
        if form.is_valid():
            try:
                done = self.save(form)
            except plans.NoPlan:
                form.add_error("on", _("There is no plan on the day before."))
            except plans.EndsBeforeStart as error:
                form.add_error("on", str(error))
            else:
                text = _("Saved.") if done else _("Nothing had changed.")
                messages.success(request, text)
                return self.back()
        return self.page(form)

    def save(self, form: ChangeForm) -> journal.Operation | None:
        said, user = form.cleaned_data, self.request.user
        if said["plan"] is None:
            last = said["on"] - dt.timedelta(days=1)
            return plans.end(self.contact, last, by=user)
        return plans.take(
            self.contact, said["plan"], on=said["on"], note=said["note"], by=user
        )

    def page(self, form: ChangeForm) -> HttpResponse:
        rows = PlanPeriod.objects.visible_to(self.request.user)
        rows = rows.filter(contact=self.contact)
        return self.show(
            form=form,
            contact=self.contact,
            stays=rows.select_related("plan", "came_from").order_by("-started_on"),
            any_plan=Plan.objects.filter(active=True).exists(),
            may_add_plans=allowed(self.request.user, "add_plan"),
            may_correct=allowed(self.request.user, "change_planperiod"),
            told=self.told(),
        )


class StayView(ObjectMixin, PlanScreen):
    model = PlanPeriod
    needs: tuple[str, ...] = ("change_planperiod",)
    page_title = gettext_lazy("Correct the stay")
    template_name = "crm_plugin/sales/plan_stay.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page(StayForm(row=self.object))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = StayForm(request.POST, row=self.object)
        if form.is_valid():
            self.object.version = form.cleaned_data["version"]
            try:
                plans.correct(self.object, form.said(), by=request.user)
            except journal.Stale as stale:
                form.add_error(None, str(stale.message))
                said, now = meanwhile.seen(request), self.opened()
                form.data = {**form.data.dict(), "version": now["version"].value()}
                return self.page(form, meanwhile.since(said, now, form))
            except plans.EndsBeforeStart as error:
                form.add_error("ended_on", str(error))
            except plans.Overlaps as error:
                form.add_error("started_on", str(error))
            else:
                messages.success(request, _("Saved."))
                return self.back()
        return self.page(form)

    def opened(self) -> StayForm:
        return StayForm(row=PlanPeriod.objects.get(pk=self.object.pk))

    def page(
        self, form: StayForm, theirs: meanwhile.Facts | None = None
    ) -> HttpResponse:
        may_remove = allowed(self.request.user, "delete_planperiod")
        return self.show(
            form=form,
            stay=self.object,
            may_remove=may_remove,
            told=self.told(),
            **meanwhile.carried(self.request, self.opened, theirs),
        )


class StayRemoveView(ObjectMixin, PlanScreen):
    """For what was never so; what is over has a last day instead."""

    model = PlanPeriod
    needs = ("delete_planperiod",)
    page_title = gettext_lazy("Remove the stay")
    template_name = "crm_plugin/sales/plan_remove.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show(stay=self.object)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        plans.strike(self.object, by=request.user)
        messages.success(request, _("The stay was removed."))
        return self.back()
