"""Recording, correcting and removing one purchase."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import HeaderButton

from crm_plugin import journal, normalise
from crm_plugin.contacts.models import Contact
from crm_plugin.sales.edit import WasGivenBack, correct_purchase, remove_purchase
from crm_plugin.sales.give_back import ReturnedMore, left_of
from crm_plugin.sales.models import Purchase
from crm_plugin.sales.record import record_purchase
from crm_plugin.snippets.desk import allowed
from crm_plugin.ui import changes
from crm_plugin.ui.meanwhile import MeanwhileMixin
from crm_plugin.ui.money import format_money

from .forms import known_under


class VisibleMixin:
    """Every view of purchases starts from what the user may see."""

    def get_page_subtitle(self) -> str:
        return f"{self.object.when()} {format_money(self.object.amount)}"

    def _visible(self, rows: QuerySet) -> QuerySet:
        return rows.visible_to(self.request.user)

    def get_base_object_queryset(self) -> QuerySet:
        return self._visible(Purchase.objects.all())

    def get_queryset(self) -> QuerySet:
        return self._visible(super().get_queryset())


class PurchaseCreateView(generic.CreateView):
    template_name = "crm_plugin/sales/purchase_form.html"

    def get_initial(self) -> dict[str, Any]:
        """``?contact=`` comes from the record: that person is filled in."""
        asked = normalise.whole(self.request.GET.get("contact"))
        visible = Contact.objects.visible_to(self.request.user)
        contact = visible.known_as(asked).first() if asked else None
        person = known_under(contact) if contact else ""
        return {**super().get_initial(), "person": person}

    def save_instance(self) -> Purchase:
        said = self.form.facts()
        organisation = said.pop("organisation", None)
        return record_purchase(
            contact=self.form.cleaned_data["person"],
            organisation_id=organisation.pk if organisation else None,
            lines=self.form.new_lines(),
            by=self.request.user,
            **said,
        )


class PurchaseEditView(MeanwhileMixin, VisibleMixin, generic.EditView):
    template_name = "crm_plugin/sales/purchase_edit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stored = Purchase.objects.select_related("returns").get(pk=self.object.pk)
        return super().get_context_data(
            lines=stored.lines.select_related("category").order_by("id"),
            stored=stored,
            given_back=Purchase.objects.filter(returns=stored).order_by("at", "id"),
            told=changes.told(stored, "purchase", "purchaseline", request=self.request),
            **kwargs,
        )

    def get_header_buttons(self) -> list[Any]:
        buttons = super().get_header_buttons()
        if self.may_give_back():
            url = reverse("crm_purchase:give_back", args=[self.object.pk])
            buttons.append(HeaderButton(_("Give back"), url=url, icon_name="rotate"))
        return buttons

    def may_give_back(self) -> bool:
        return (
            not self.object.is_return
            and allowed(self.request.user, "add_purchase")
            and any(left.quantity for left in left_of(self.object))
        )

    def save_instance(self) -> Purchase:
        form = self.form
        purchase = Purchase.objects.get(pk=self.object.pk)
        purchase.version = form.cleaned_data["version"] or purchase.version
        values = {**form.facts(), "contact": form.cleaned_data["person"]}
        correct_purchase(purchase, values, lines=form.corrected(), by=self.request.user)
        return purchase

    def is_valid(self, form: Any) -> bool:
        valid = super().is_valid(form)
        if self.theirs:
            self.renew(form)
        return valid

    def renew(self, form: Any) -> None:
        """Whoever was told what has changed may save over it."""
        form.data = form.data.copy()
        form.data["version"] = self.opened_now["version"].value()

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except journal.Stale as stale:
            form.add_error(None, str(stale.message))
            self.renew(form)
        except ReturnedMore as refused:
            form.add_error(None, str(refused))
        self.produced_error_message = self.get_error_message()
        return self.form_invalid(form)


class PurchaseDeleteView(VisibleMixin, generic.DeleteView):
    def delete_action(self) -> None:
        remove_purchase(self.object, by=self.request.user)

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except WasGivenBack:
            text = _(
                "Something of this purchase was given back: remove the return first."
            )
            messages.error(self.request, text)
            return redirect(self.object.get_admin_url())
