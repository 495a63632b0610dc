"""What staff fill in about a deal, and when it is won or lost."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm_plugin.conf import CrmSettings
from crm_plugin.contacts.models import Contact, Organisation
from crm_plugin.sales import deals
from crm_plugin.sales.models import (
    Deal,
    DealStage,
    LostReason,
    ProductCategory,
    Purchase,
)
from crm_plugin.snippets.desk import day_input, plausible_day
from crm_plugin.snippets.finder import search_field, told_one
from crm_plugin.touchpoints.models import Channel
from crm_plugin.ui.money import plain_number
from crm_plugin.ui.staff import StaffField


def amount_field(**kwargs: Any) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"inputmode": "decimal"})
    return forms.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, widget=widget, **kwargs
    )


class LookForm(forms.Form):
    """Whom to add to the people involved."""

    look_for = search_field(gettext_lazy("Name, kana, phone, e-mail or member number"))


class DealForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    look_for = search_field(gettext_lazy("Name, kana, phone, e-mail or member number"))
    contact = forms.CharField(required=False)
    look_for_firm = search_field(gettext_lazy("Name of the organisation"))
    organisation = forms.CharField(required=False)
    amount = amount_field(label=gettext_lazy("Amount"), required=False)
    expected_on = forms.DateField(
        label=gettext_lazy("Expected on"), required=False, widget=day_input()
    )
    stage = forms.ModelChoiceField(
        DealStage.objects.none(), label=pgettext_lazy("deal", "Stage"), empty_label=None
    )
    owner = StaffField(
        label=gettext_lazy("Owner"),
        required=False,
        empty_label=gettext_lazy("nobody"),
    )
    category = forms.ModelChoiceField(
        ProductCategory.objects.all(),
        label=gettext_lazy("Category"),
        required=False,
        empty_label="–",
    )
    opened_on = forms.DateField(
        label=gettext_lazy("Opened on"), required=False, widget=day_input()
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, user: Any, deal: Deal | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.deal = user, deal
        if deal:
            del self.fields["stage"]
        else:
            rows = DealStage.objects.filter(kind=DealStage.Kind.OPEN, active=True)
            self.fields["stage"].queryset = rows
        if CrmSettings.load().consumers_only:
            del self.fields["look_for_firm"]

    def in_words(self, name: str, value: Any) -> str:
        """The people by their names; the rest is told as it stands."""
        model = {"contact": Contact, "organisation": Organisation}.get(name)
        return told_one(model, value, self.user) if model else ""

    def clean_expected_on(self) -> dt.date | None:
        return plausible_day(self.cleaned_data["expected_on"])

    def clean_opened_on(self) -> dt.date | None:
        day = plausible_day(self.cleaned_data["opened_on"])
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("That day is still to come."))
        return day

    def opened_at(self) -> dict[str, dt.datetime]:
        """The moment of opening, where another day than the known one was named."""
        day = self.cleaned_data["opened_on"]
        if not day or (self.deal and day == timezone.localdate(self.deal.opened_at)):
            return {}
        if not self.deal and day == timezone.localdate():
            return {}
        return {"opened_at": noon(day)}

    def facts(self) -> dict[str, Any]:
        """Everything but the people, by the names of the deal's fields."""
        names = ("amount", "expected_on", "owner", "category", "note")
        said = {name: self.cleaned_data[name] for name in names}
        return {**said, **self.opened_at()}


def noon(day: dt.date) -> dt.datetime:
    """A day that was named without a time, at its middle."""
    zone = timezone.get_default_timezone()
    return dt.datetime.combine(day, dt.time(12), tzinfo=zone)


def closing_moment(day: dt.date, deal: Deal) -> dt.datetime:
    """Now for today; for another day its noon, never before the deal was opened."""
    if day == timezone.localdate():
        return timezone.now()
    if day == timezone.localdate(deal.opened_at):
        return max(noon(day), deal.opened_at)
    return noon(day)


class CloseForm(forms.Form):
    on = forms.DateField(widget=day_input())
    version = forms.IntegerField(widget=forms.HiddenInput)
    on_label: Any = ""

    def __init__(self, *args: Any, deal: Deal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deal = deal
        self.fields["on"].label = self.on_label
        self.fields["on"].initial = timezone.localdate()
        self.fields["version"].initial = deal.version

    def clean_on(self) -> dt.date:
        day = self.cleaned_data["on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("That day is still to come."))
        return day


class WinForm(CloseForm):
    """The purchase is offered, filled in from the deal."""

    on_label = gettext_lazy("Won on")

    sell = forms.BooleanField(
        label=gettext_lazy("Record the purchase, too"), required=False, initial=True
    )
    amount = amount_field(label=gettext_lazy("Amount"), required=False)
    payment = forms.ChoiceField(
        label=gettext_lazy("Payment"),
        choices=Purchase.Payment.choices,
        initial=Purchase.Payment.INVOICE,
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"), choices=Channel.choices, initial=Channel.PHONE
    )
    field_order = ["on", "sell", "amount", "payment", "channel", "version"]

    def __init__(
        self, *args: Any, deal: Deal, may_sell: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, deal=deal, **kwargs)
        self.fields["amount"].initial = plain_number(deal.amount)
        if not may_sell or deal.purchase_id:
            for name in ("sell", "amount", "payment", "channel"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("sell") and not said.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("Say for how much, or record no purchase."))
        return said

    def close(self, deal: Deal, stage: DealStage, *, by: Any) -> None:
        said = self.cleaned_data
        at, sale = closing_moment(said["on"], deal), None
        if said.get("sell"):
            how = {"payment": said["payment"], "channel": said["channel"]}
            sale = deals.sale_of(deal, said["amount"], at=at, **how)
        deals.win(deal, stage=stage, at=at, sale=sale, by=by)


class LoseForm(CloseForm):
    on_label = gettext_lazy("Lost on")
    reason = forms.ModelChoiceField(
        LostReason.objects.none(),
        label=gettext_lazy("Why was it lost?"),
        empty_label=gettext_lazy("Please choose"),
    )
    note = forms.CharField(
        label=gettext_lazy("In their words"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    field_order = ["reason", "note", "on", "version"]

    def __init__(self, *args: Any, deal: Deal, **kwargs: Any) -> None:
        super().__init__(*args, deal=deal, **kwargs)
        known = Q(active=True) | Q(pk=deal.lost_reason_id or 0)
        self.fields["reason"].queryset = LostReason.objects.filter(known)

    def close(self, deal: Deal, stage: DealStage, *, by: Any) -> None:
        said = self.cleaned_data
        deals.lose(
            deal,
            said["reason"],
            note=said["note"],
            stage=stage,
            at=closing_moment(said["on"], deal),
            by=by,
        )
