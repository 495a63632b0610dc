"""Giving back what was bought: how many of each line, and how the money goes back."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from crm_plugin.sales.give_back import (
    Left,
    NothingGivenBack,
    TooMuch,
    give_back,
    left_of,
)
from crm_plugin.sales.models import Purchase
from crm_plugin.snippets.desk import DeskView, ObjectMixin, allowed
from crm_plugin.snippets.inquiries_forms import new_key
from crm_plugin.ui.money import format_money, plain_number


def _how_many(left: Left) -> str:
    if not left.quantity:
        return _("all given back")
    said = {"n": plain_number(left.quantity), "amount": format_money(left.amount)}
    return _("%(n)s can be given back, worth %(amount)s") % said


class GiveBackForm(forms.Form):
    """A number per line; empty or 0 stays sold."""

    payment = forms.ChoiceField(
        label=gettext_lazy("The money goes back by"), choices=Purchase.Payment.choices
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(
        self, *args: Any, purchase: Purchase, left: list[Left], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payment"].initial = purchase.payment
        self.fields["key"].initial = new_key()
        self.left = left
        for row in left:
            self.fields[f"line_{row.line.pk}"] = forms.DecimalField(
                label=row.line.name,
                help_text=_how_many(row),
                required=False,
                min_value=0,
                max_value=row.quantity,
                max_digits=10,
                decimal_places=2,
                disabled=not row.quantity,
                widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
            )

    def rows(self) -> list[tuple[Left, forms.BoundField]]:
        return [(row, self[f"line_{row.line.pk}"]) for row in self.left]

    def quantities(self, *, everything: bool) -> dict[int, Decimal]:
        return {
            row.line.pk: row.quantity
            if everything
            else self.cleaned_data.get(f"line_{row.line.pk}") or Decimal(0)
            for row in self.left
        }


class GiveBackView(ObjectMixin, DeskView):
    model = Purchase
    needs = ("add_purchase",)
    page_title = gettext_lazy("Give back")
    header_icon = "rotate"
    template_name = "crm_plugin/sales/give_back.html"

    def get_parents(self) -> list[dict[str, str]]:
        row = self.object
        label = f"{row.when()} {format_money(row.amount)}"
        return [
            {"url": reverse("crm_purchase:index"), "label": _("Purchases")},
            {"url": row.get_admin_url(), "label": label},
        ]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page(self.form())

    def form(self, data: Any = None) -> GiveBackForm:
        row = self.object
        left = [] if row.is_return else left_of(row)
        return GiveBackForm(data, purchase=row, left=left)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.page(form)
        everything = request.POST.get("do") == "all"
        try:
            row = give_back(
                self.object,
                form.quantities(everything=everything),
                at=timezone.now(),
                payment=form.cleaned_data["payment"],
                key=f"back:{form.cleaned_data['key']}",
                by=request.user,
            )
        except TooMuch as refused:
            form.add_error(None, str(refused))
        except NothingGivenBack:
            form.add_error(None, _("Say how many of which item come back."))
        else:
            text = _("Given back: %(amount)s.")
            messages.success(request, text % {"amount": format_money(-row.amount)})
            return redirect(self.object.get_admin_url())
        return self.page(form)

    def page(self, form: GiveBackForm) -> HttpResponse:
        return self.show(
            form=form,
            purchase=self.object,
            sees_people=allowed(self.request.user, "view_contact"),
        )
