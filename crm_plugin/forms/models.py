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

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.forms.models import (
    FORM_FIELD_CHOICES,
    AbstractFormField,
    FormMixin,
)
from wagtail.fields import RichTextField

from crm_plugin.intake.file_types import SET_NAMES

from .booking import BookingForm, BookingServing
from .builder import CrmFormBuilder
from .editing import FormPageForm
from .feedback import FeedbackServing
from .panels import MappingPanel, ProblemsPanel, WordingsPanel
from .serving import Serving

FEATURES = ["bold", "italic", "link", "ol", "ul"]
FIELD_TYPES = [
    *FORM_FIELD_CHOICES,
    ("phone", _("Phone number")),
    ("kana", _("Kana (reading of a name)")),
    ("postal", _("Postal address")),
    ("birth", _("Date of birth")),
    ("organisation", _("Organisation")),
    ("mapped", _("Attribute or other CRM field, as it needs it")),
    ("topics", _("Topics to subscribe to")),
    ("stars", _("Stars (1 to 5)")),
    ("nps", _("Would recommend us (0 to 10)")),
    ("file", _("File")),
    ("page", _("New page")),
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

    only_if = models.CharField(
        _("only if the field"),
        max_length=255,
        blank=True,
        help_text=_("The label of a field further up. Empty: always asked."),
    )
    only_if_value = models.TextField(
        _("has the answer"),
        blank=True,
        help_text=_("One in each line. Empty: any answer will do."),
    )
    leave_out = models.BooleanField(
        _("leave out when known"),
        default=False,
        help_text=_(
            "Not asked of somebody who came by a personal link, confirmed in this"
            " browser, and whose record holds it."
        ),
    )
    wordings = models.JSONField(
        _("wording of each topic"),
        default=dict,
        blank=True,
        help_text=_("Kept as evidence exactly as it stood when somebody agreed."),
    )
    file_kinds = models.CharField(
        _("kinds of files"), max_length=12, choices=SET_NAMES.items(), blank=True
    )
    max_mb = models.PositiveSmallIntegerField(
        _("largest file (MB)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
    )

    panels = [
        *AbstractFormField.panels,
        MappingPanel("maps_to", classname="crm-when-mapped"),
        FieldPanel("leave_out", classname="crm-when-mapped"),
        WordingsPanel("wordings", classname="crm-when-topics"),
        FieldPanel("file_kinds", classname="crm-when-file"),
        FieldPanel("max_mb", classname="crm-when-file"),
        FieldPanel("only_if", classname="crm-when-asked crm-labels"),
        FieldPanel("only_if_value", classname="crm-when-asked"),
    ]

    class Meta(AbstractFormField.Meta):
        abstract = True


class CrmFormMixin(Serving, FormMixin, models.Model):
    """What every form page of the plugin shares; see the mixins below."""

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
    keep_days = models.PositiveSmallIntegerField(
        _("keep answers for (days)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Then answers and files are deleted, also those that came before. What they"
            " were saved as, the entry in the history and the counts stay. Empty: for"
            " ever."
        ),
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
        ProblemsPanel(),
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
        FieldPanel("keep_days"),
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
    def asks_topic(self) -> bool:
        """Whether the page has a topic to ask for: nobody is asked for a retired one."""
        return bool(self.consent_topic_id and self.consent_topic.active)

    @property
    def tick_wording(self) -> str:
        """The words beside the optional tick, or "" where nothing is asked."""
        return self.consent_wording if self.asks_topic else ""


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
        return self.asks_topic


class BookingFormMixin(BookingServing, CrmFormMixin):
    """A booking: service, people, day and time stand above the editor's fields."""

    crm_kind = "booking"
    form_base = BookingForm

    class Meta:
        abstract = True


class GenericFormMixin(CrmFormMixin):
    """Any other form: what it says stands in the history and on the record."""

    class Meta:
        abstract = True


class FeedbackFormMixin(FeedbackServing, CrmFormMixin):
    """Stars, recommendation and words; a low score asks a person to react."""

    crm_kind = "feedback"

    low_stars = models.PositiveSmallIntegerField(
        _("react to so many stars or fewer"),
        default=2,
        validators=[MaxValueValidator(5)],
        help_text=_("Opens an inquiry or a next step for a person. 0: never."),
    )
    low_nps = models.PositiveSmallIntegerField(
        _("react to this recommendation or less"),
        default=6,
        validators=[MaxValueValidator(10)],
    )

    form_panels = [
        *CrmFormMixin.form_panels,
        MultiFieldPanel(
            [FieldPanel("low_stars"), FieldPanel("low_nps")],
            heading=_("Low scores"),
        ),
    ]

    class Meta:
        abstract = True
