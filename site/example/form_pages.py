"""The form pages of Hinata: ask, book a table, subscribe."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.models import Page

from crm_plugin.forms.models import (
    BookingFormMixin,
    CrmFormField,
    InquiryFormMixin,
    SignUpFormMixin,
)


class InquiryPage(InquiryFormMixin, Page):
    """A question, also about catering."""

    content_panels = [*Page.content_panels, *InquiryFormMixin.form_panels]
    template = "example/form_page.html"

    class Meta:
        verbose_name = _("inquiry form")


class InquiryFormField(CrmFormField):
    page = ParentalKey(
        InquiryPage, on_delete=models.CASCADE, related_name="form_fields"
    )


class BookingPage(BookingFormMixin, Page):
    """A table for so many, on a day, at a time."""

    content_panels = [*Page.content_panels, *BookingFormMixin.form_panels]
    template = "example/form_page.html"

    class Meta:
        verbose_name = _("booking form")


class BookingFormField(CrmFormField):
    page = ParentalKey(
        BookingPage, on_delete=models.CASCADE, related_name="form_fields"
    )


class SignUpPage(SignUpFormMixin, Page):
    """The newsletter."""

    content_panels = [*Page.content_panels, *SignUpFormMixin.form_panels]
    template = "example/form_page.html"

    class Meta:
        verbose_name = _("newsletter sign-up")


class SignUpFormField(CrmFormField):
    page = ParentalKey(SignUpPage, on_delete=models.CASCADE, related_name="form_fields")
