"""The counter: find who it is, say how much and how it was paid, done."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin import normalise
from crm_plugin.contacts.models import Contact
from crm_plugin.sales import counter
from crm_plugin.sales.edit import WasGivenBack
from crm_plugin.sales.models import Product, ProductCategory, Purchase
from crm_plugin.sales.record import TooLarge
from crm_plugin.touchpoints.models import Channel
from crm_plugin.ui.money import format_money, plain_number

from . import finder
from .counter_claims import CounterClaimsView, answer, claims_context
from .desk import ActView, DeskMenuItem, DeskView, allowed
from .inquiries_forms import new_key

NEEDS = ("add_purchase",)
SHOWN = 20
# Ways of paying across a counter, the usual one first.
PAYMENTS = [
    Purchase.Payment.CASH,
    Purchase.Payment.CARD,
    Purchase.Payment.QR,
    Purchase.Payment.INVOICE,
    Purchase.Payment.OTHER,
]
MOST = Decimal(999)


class CounterMenuItem(DeskMenuItem):
    needs = NEEDS


class CounterForm(forms.Form):
    look_for = forms.CharField(
        label=gettext_lazy("Name, kana, phone, e-mail or member number"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "data-crm-finder-target": "input",
                "autocomplete": "off",
                "autofocus": True,
                "enterkeyhint": "search",
            }
        ),
    )
    contact = forms.CharField(required=False)
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=forms.NumberInput(
            attrs={"inputmode": "decimal", "step": "any", "autocomplete": "off"}
        ),
    )
    payment = forms.ChoiceField(
        label=gettext_lazy("Payment"),
        choices=[(p.value, p.label) for p in PAYMENTS],
        initial=Purchase.Payment.CASH,
        widget=forms.RadioSelect,
    )
    item = forms.CharField(
        label=gettext_lazy("What the amount is for"), required=False, max_length=120
    )
    category = forms.ModelChoiceField(
        ProductCategory.objects.all(),
        label=gettext_lazy("Category"),
        required=False,
        empty_label="–",
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"), choices=Channel.choices, initial=Channel.SHOP
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def quantities(self) -> dict[int, Decimal]:
        """How many of which product: inputs ``product-12``; what is no number is 0."""
        found = {}
        for name, typed in self.data.items():
            head, _dash, asked = name.partition("-")
            pk = normalise.whole(asked)
            if head == "product" and pk is not None:
                found[pk] = _number(typed)
        return {pk: number for pk, number in found.items() if number > 0}

    def basket(self) -> counter.Basket:
        said = self.cleaned_data
        named = str(said["category"] or "") or _("Sale at the counter")
        return counter.Basket(
            self.quantities(),
            amount=said["amount"] or Decimal(0),
            item=said["item"] or named,
            category=said["category"],
        )


def _number(typed: Any) -> Decimal:
    try:
        number = Decimal(str(typed).strip() or 0)
    except InvalidOperation:
        return Decimal(0)
    fits = number.is_finite() and 0 < number <= MOST
    return number.quantize(Decimal("0.01")) if fits else Decimal(0)


class CounterView(DeskView):
    """``do=look`` shows people without a script, ``do=claim:<id>:accept`` answers what
    the person typed into a form; everything else records the sale."""

    needs = NEEDS
    page_title = gettext_lazy("Counter")
    header_icon = "decimal"
    template_name = "crm_plugin/sales/counter.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = normalise.whole(request.GET.get("contact"))
        known = {"contact": str(asked)} if asked is not None else {}
        return self.page(CounterForm(initial={"key": new_key(), **known}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CounterForm(request.POST)
        do, _colon, detail = request.POST.get("do", "").partition(":")
        if do in ("look", "claim"):
            form.errors.clear()
            return self.claim(form, detail) if do == "claim" else self.page(form)
        if form.is_valid():
            contact = self.contact(form)
            if form.cleaned_data["contact"] and contact is None:
                form.add_error("contact", _("This contact is gone."))
            elif done := self.sell(form, contact):
                return done
        return self.page(form)

    def contact(self, form: CounterForm) -> Contact | None:
        pk = form["contact"].value()
        return finder.visible_one(Contact, pk, self.request.user)

    def claim(self, form: CounterForm, detail: str) -> HttpResponse:
        """Who stands here was asked; what was typed of the sale stays."""
        answer(self.request, self.contact(form), detail)
        return self.page(form)

    def sell(self, form: CounterForm, contact: Contact | None) -> HttpResponse | None:
        said = form.cleaned_data
        try:
            row = counter.sell(
                form.basket(),
                contact=contact,
                payment=said["payment"],
                channel=said["channel"],
                key=said["key"],
                by=self.request.user,
            )
        except counter.NothingSold:
            form.add_error("amount", _("Type an amount, or press a product."))
            return None
        except TooLarge:
            form.add_error("amount", _("This is more than can be recorded."))
            return None
        who = contact or _("without a contact")
        text = _("Recorded: %(amount)s, %(who)s.")
        said = {"amount": format_money(row.amount), "who": who}
        messages.success(self.request, text % said)
        return redirect("crm_counter:index")

    def page(self, form: CounterForm) -> HttpResponse:
        user, chosen = self.request.user, self.contact(form)
        today = counter.today(user)
        rows = list(today.select_related("contact").prefetch_related("lines")[:SHOWN])
        totals = counter.totals(today)
        labels = dict(Purchase.Payment.choices)
        looked_for = str(form["look_for"].value() or "")
        return self.show(
            form=form,
            people=finder.people(looked_for, user=user, chosen=chosen),
            chosen=str(chosen.pk) if chosen else "",
            looked_for=looked_for,
            buttons=_typed(counter.buttons(), form),
            rows=rows,
            totals=[
                (labels[row["payment"]], row["n"], row["amount"]) for row in totals
            ],
            total=sum(row["amount"] for row in totals),
            count=sum(row["n"] for row in totals),
            sees_people=allowed(user, "view_contact"),
            **claims_context(chosen, user),
        )


def _typed(products: list[Product], form: CounterForm) -> list[tuple[Product, str]]:
    """Each product with the number that was typed for it."""
    typed = form.quantities() if form.is_bound else {}
    return [(row, plain_number(typed.get(row.pk, 0))) for row in products]


class TakeBackView(ActView):
    """Undo an entry of today."""

    model = Purchase
    needs = NEEDS
    back = "crm_counter:index"

    def act(self, row: Purchase) -> None:
        amount = format_money(row.amount)
        try:
            counter.take_back(row, by=self.request.user)
        except counter.TooLate:
            text = _("Only what was entered here today can be undone here.")
            messages.error(self.request, text)
        except WasGivenBack:
            text = _(
                "Something of this purchase was given back: remove the return first."
            )
            messages.error(self.request, text)
        else:
            messages.success(
                self.request, _("Undone: %(amount)s.") % {"amount": amount}
            )


class CounterViewSet(ViewSet):
    name = "crm_counter"
    url_prefix = "crm/counter"
    icon = "decimal"
    menu_label = gettext_lazy("Counter")
    menu_order = 228
    menu_hook = "register_crm_menu_item"
    menu_item_class = CounterMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        return [
            path("", CounterView.as_view(), name="index"),
            path("claims/", CounterClaimsView.as_view(), name="claims"),
            path("<int:pk>/undo/", TakeBackView.as_view(), name="undo"),
        ]
