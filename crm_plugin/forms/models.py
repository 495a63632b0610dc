"""Abstract mixins for the site's form pages; the concrete page types belong to it.

A site writes::

    class InquiryPage(InquiryFormMixin, Page):
        content_panels = [*Page.content_panels, *InquiryFormMixin.form_panels]

    class InquiryFormField(CrmFormField):
        page = ParentalKey(InquiryPage, related_name="form_fields")

and a template with ``{% include "crm_plugin/forms/body.html" %}``, which shows the
form, its errors and, after sending, the thank-you text.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.forms.models import (
    FORM_FIELD_CHOICES,
    AbstractFormField,
    FormMixin,
)
from wagtail.fields import RichTextField

from .booking import BookingForm, BookingServing
from .builder import CrmFormBuilder
from .editing import FormPageForm
from .panels import MappingPanel
from .serving import Serving

FEATURES = ["bold", "italic", "link", "ol", "ul"]
FIELD_TYPES = [
    *FORM_FIELD_CHOICES,
    ("phone", _("Phone number")),
    ("kana", _("Kana (reading of a name)")),
    ("mapped", _("As the CRM field needs it")),
]


class CrmFormField(AbstractFormField):
    """One field of a form page, and what it is saved as."""

    field_type = models.CharField(
        verbose_name=_("field type"), max_length=16, choices=FIELD_TYPES
    )
    field_type.required_on_save = True
    maps_to = models.CharField(
        _("save as"),
        max_length=60,
        blank=True,
        help_text=_("What the answer becomes on the contact's record."),
    )

    panels = [*AbstractFormField.panels, MappingPanel("maps_to")]

    class Meta(AbstractFormField.Meta):
        abstract = True


class CrmFormMixin(Serving, FormMixin, models.Model):
    """What every form page of the plugin shares; see the three mixins below."""

    crm_kind = "other"
    form_builder = CrmFormBuilder
    base_form_class = FormPageForm

    form_intro = RichTextField(_("above the form"), features=FEATURES, blank=True)
    submit_label = models.CharField(_("text of the button"), max_length=40, blank=True)
    purpose_of_use = models.TextField(
        _("purpose of use"),
        blank=True,
        help_text=_("Stands by the button. Empty: the text of the CRM settings."),
    )
    consent_topic = models.ForeignKey(
        "crm_plugin.Topic",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("topic asked for"),
        help_text=_("Adds a tick, never set beforehand."),
    )
    consent_wording = models.TextField(
        _("wording of the tick"),
        blank=True,
        help_text=_("Kept as evidence exactly as it stood when somebody agreed."),
    )
    thank_you_text = RichTextField(_("thank-you text"), features=FEATURES, blank=True)
    answer_promise = models.CharField(
        _("when an answer comes"),
        max_length=200,
        blank=True,
        help_text=_("Empty: computed from the CRM settings."),
    )
    sender_domain = models.CharField(
        _("domain of our mails"),
        max_length=100,
        blank=True,
        help_text=_("Visitors are asked to allow it. Empty: the sender's domain."),
    )
    contact_phone = models.CharField(
        _("phone number shown"),
        max_length=40,
        blank=True,
        help_text=_("Empty: the phone number of the CRM settings."),
    )

    form_panels = [
        FieldPanel("form_intro"),
        InlinePanel("form_fields", heading=_("Form fields"), label=_("Field")),
        MultiFieldPanel(
            [FieldPanel("submit_label"), FieldPanel("purpose_of_use")],
            heading=_("By the button"),
        ),
        MultiFieldPanel(
            [FieldPanel("consent_topic"), FieldPanel("consent_wording")],
            heading=_("Consent"),
        ),
        MultiFieldPanel(
            [
                FieldPanel(name)
                for name in (
                    "thank_you_text",
                    "answer_promise",
                    "sender_domain",
                    "contact_phone",
                )
            ],
            heading=_("After sending"),
        ),
    ]

    class Meta:
        abstract = True

    @property
    def tick_wording(self) -> str:
        """The words beside the optional tick, or "" where nothing is asked."""
        return self.consent_wording if self.consent_topic_id else ""


class InquiryFormMixin(CrmFormMixin):
    """A question: its message opens an inquiry that is owed an answer."""

    crm_kind = "inquiry"

    class Meta:
        abstract = True


class SignUpFormMixin(CrmFormMixin):
    """A newsletter sign-up: sending the form asks for the topic, no tick needed."""

    crm_kind = "sign_up"

    class Meta:
        abstract = True

    @property
    def tick_wording(self) -> str:
        return ""

    def asked_for(self, form: Any) -> bool:
        return bool(self.consent_topic_id)


class BookingFormMixin(BookingServing, CrmFormMixin):
    """A booking: service, people, day and time stand above the editor's fields."""

    crm_kind = "booking"
    form_base = BookingForm

    class Meta:
        abstract = True
