"""What staff fill in about a purchase: who, when, how, and its lines."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from crm_plugin import normalise
from crm_plugin.conf import CrmSettings
from crm_plugin.contacts import match, organisations, points
from crm_plugin.contacts.models import Contact, Organisation
from crm_plugin.sales.edit import Corrected
from crm_plugin.sales.models import Product, ProductCategory, Purchase
from crm_plugin.sales.record import MOST, Line
from crm_plugin.snippets.desk import moment_input, plausible_day
from crm_plugin.ui.money import plain_number

LOOK_UPS = {"card": match.by_card, "email": match.by_email, "phone": match.by_phone}
NUMBER = {"step": "any", "inputmode": "decimal"}
# Names of products offered while typing.
MOST_PRODUCTS = 200


class LineForm(forms.Form):
    """One line; rows that are left empty are no lines."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Item"),
        max_length=120,
        widget=forms.TextInput(attrs={"list": "crm-products", "autocomplete": "off"}),
    )
    category = forms.ModelChoiceField(
        ProductCategory.objects.none(),
        label=_("Category"),
        required=False,
        empty_label="–",
    )
    quantity = forms.DecimalField(
        label=_("Quantity"),
        initial=1,
        min_value=0,
        max_digits=10,
        decimal_places=2,
        widget=forms.NumberInput(attrs=NUMBER),
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=14,
        decimal_places=2,
        widget=forms.NumberInput(attrs=NUMBER),
    )

    def __init__(self, *args: Any, categories: list, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        field.queryset = ProductCategory.objects.all()
        field.widget.choices = [("", "–"), *((row.pk, str(row)) for row in categories)]

    def has_changed(self) -> bool:
        """A new row counts once it is named or has an amount."""
        if self.initial.get("pk"):
            return super().has_changed()
        return any(self[name].value() for name in ("name", "amount"))

    def clean_quantity(self) -> Any:
        quantity = self.cleaned_data["quantity"]
        if quantity == 0:
            raise ValidationError(_("At least a part of one."))
        return quantity


class LineFormSet(forms.BaseFormSet):
    label = _("What was bought")

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {"categories": self.categories}

    @cached_property
    def categories(self) -> list[ProductCategory]:
        return list(ProductCategory.objects.all())

    def said(self) -> list[dict[str, Any]]:
        """The rows that hold a line and were not taken out."""
        return [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data.get("name") and not form.cleaned_data.get("DELETE")
        ]


def line_rows(
    data: Any = None, *, purchase: Purchase | None = None, extra: int = 3
) -> LineFormSet:
    """The rows of a purchase's lines and some empty ones."""
    initial = []
    if purchase:
        for line in purchase.lines.order_by("id"):
            initial.append(
                {
                    "pk": line.pk,
                    "name": line.name,
                    "category": line.category_id,
                    "quantity": plain_number(line.quantity),
                    "amount": plain_number(line.amount),
                }
            )
    rows = forms.formset_factory(
        LineForm, formset=LineFormSet, extra=extra, can_delete=bool(purchase)
    )
    return rows(data, initial=initial, prefix="lines")


class PurchaseForm(WagtailAdminModelForm):
    """Who bought, when and how it was paid; the person is found, never chosen blindly."""

    person = forms.CharField(
        label=_("Who"),
        required=False,
        max_length=254,
        help_text=_("Member number, e-mail address or phone number."),
    )
    organisation_name = forms.CharField(
        label=_("For the organisation"), required=False, max_length=200
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Purchase
        fields = ["at", "payment", "channel"]
        widgets = {"at": moment_input()}

    field_order = ["person", "organisation_name", "at", "payment", "channel"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance if self.instance.pk else None
        if CrmSettings.load().consumers_only:
            del self.fields["organisation_name"]
        elif stored and stored.organisation:
            self.fields["organisation_name"].initial = stored.organisation.name
        self.fields["version"].initial = stored and stored.version
        self._say_who(stored.contact if stored else None)
        self.lines: LineFormSet | None = None
        if stored is None or (stored.is_ours and not stored.is_return):
            data = self.data if self.is_bound else None
            self.lines = line_rows(data, purchase=stored, extra=1 if stored else 3)

    def _say_who(self, contact: Contact | None) -> None:
        if contact:
            self.fields["person"].help_text = format_html(
                '{} <a href="{}">{}</a>. {}',
                _("Now:"),
                contact.get_admin_url(),
                contact,
                _("Fill in only to give the purchase to somebody else."),
            )

    @property
    def told_rows(self) -> dict[str, Any]:
        return {} if self.lines is None else {"lines": self.lines}

    @property
    def product_names(self) -> list[str]:
        rows = Product.objects.filter(active=True).order_by("name")
        return list(rows.values_list("name", flat=True)[:MOST_PRODUCTS])

    def clean_person(self) -> Contact | None:
        typed = self.cleaned_data["person"]
        if not typed:
            return self.instance.contact if self.instance.pk else None
        for kind, look_up in LOOK_UPS.items():
            known = look_up([points.norm(kind, typed)])
            found = [pk for ids in known.values() for pk in ids]
            contact = Contact.objects.visible_to(self.for_user).filter(pk__in=found)
            if one := contact.order_by("pk").first():
                return one
        raise ValidationError(_("Nobody is known under this."))

    def clean_organisation_name(self) -> Organisation | None:
        typed = self.cleaned_data["organisation_name"]
        if not typed:
            return None
        known = organisations.by_name([typed]).get(normalise.organisation(typed))
        visible = Organisation.objects.visible_to(self.for_user)
        if known is None or not visible.filter(pk=known.pk).exists():
            raise ValidationError(_("No organisation has this name."))
        return known

    def clean_at(self) -> Any:
        at = self.cleaned_data["at"]
        if at:
            plausible_day(at.date())
        if at and at > timezone.now() + dt.timedelta(days=1):
            raise ValidationError(_("That day is still to come."))
        stored = self.instance.at if self.instance.pk else None
        # The input shows minutes; a till's seconds are not lost by saving.
        if stored and at == stored.replace(second=0, microsecond=0):
            return stored
        return at

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if self.lines is None or not self.lines.is_valid():
            return said
        if not self.lines.said():
            raise ValidationError(_("Name at least one item."))
        if abs(sum(row["amount"] for row in self.lines.said())) >= MOST:
            raise ValidationError(_("This is more than can be recorded."))
        return said

    def is_valid(self) -> bool:
        rows = self.lines is None or self.lines.is_valid()
        return super().is_valid() and rows

    def facts(self) -> dict[str, Any]:
        """What stands in the purchase itself, by the names of its columns."""
        data = self.cleaned_data
        said = {name: data[name] for name in ("at", "payment", "channel")}
        if "organisation_name" in self.fields:
            said["organisation"] = data["organisation_name"]
        return said

    def corrected(self) -> list[Corrected] | None:
        """The lines as they should stand; None where a till keeps them."""
        if self.lines is None:
            return None
        known = dict(self.instance.lines.values_list("pk", "name"))
        products = dict(self.instance.lines.values_list("pk", "product_id"))
        return [
            Corrected(
                name=normalise.text(row["name"]),
                amount=row["amount"],
                quantity=row["quantity"],
                category_id=row["category"].pk if row["category"] else None,
                product_id=products.get(row["pk"])
                if known.get(row["pk"]) == row["name"]
                else _product(row["name"]),
                pk=row["pk"] if row["pk"] in known else None,
            )
            for row in self.lines.said()
        ]


def _product(name: str) -> int | None:
    """The product of exactly this name, if there is one."""
    rows = Product.objects.filter(name=normalise.text(name))
    return rows.order_by("id").values_list("pk", flat=True).first()


class NewPurchaseForm(PurchaseForm):
    returned = forms.BooleanField(
        label=_("This is a return"),
        required=False,
        help_text=_(
            "Only where the purchase is not recorded; else open the purchase and press"
            " “Give back”."
        ),
    )

    field_order = [*PurchaseForm.field_order, "returned"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].initial = timezone.now

    def new_lines(self) -> list[Line]:
        sign = -1 if self.cleaned_data["returned"] else 1
        rows = self.lines.said() if self.lines else []
        return [
            Line(
                row["name"],
                sign * (abs(row["amount"]) if sign < 0 else row["amount"]),
                quantity=row["quantity"],
                category=row["category"].key if row["category"] else "",
            )
            for row in rows
        ]


def known_under(contact: Contact) -> str:
    """A number or address that leads to *contact* and to nobody else, or ""."""
    for point in contact.points.filter(kind__in=LOOK_UPS).order_by("-preferred", "id"):
        found = LOOK_UPS[point.kind]([point.value_norm])
        if found.get(point.value_norm) == [contact.pk]:
            return point.value
    return ""
