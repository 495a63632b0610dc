"""The pages of Hinata, a restaurant in a small town."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from crm_plugin.forms.models import (
    BookingFormMixin,
    CrmFormField,
    CrmFormMixin,
    FeedbackFormMixin,
    GenericFormMixin,
    InquiryFormMixin,
    SignUpFormMixin,
)
from crm_plugin.personalisation.members_pages import MembersPageMixin
from crm_plugin.personalisation.pages import PersonalisedPageMixin

from .blocks import ContentBlocks, Illustration
from .search import grams, plain


class SitePage(MembersPageMixin, Page):
    """What all pages share: an opening line and a search index for Japanese."""

    intro = models.CharField(
        _("opening line"),
        max_length=250,
        blank=True,
        help_text=_("Stands below the title and in search results."),
    )

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    search_fields = [*Page.search_fields, index.SearchField("search_words")]

    class Meta:
        abstract = True

    def readable_text(self) -> str:
        """Everything a visitor may find this page by; never a personalised variant."""
        body = getattr(self, "body", None)
        texts = body.stream_block.get_searchable_content(body) if body else []
        return plain([self.intro, *texts])

    def search_words(self) -> str:
        return grams(f"{self.title} {self.readable_text()}")


class BodyPage(PersonalisedPageMixin, SitePage):
    """A page whose content is built from blocks."""

    body = StreamField(ContentBlocks(), verbose_name=_("content"), blank=True)

    content_panels = [*SitePage.content_panels, FieldPanel("body")]

    class Meta:
        abstract = True


class HomePage(BodyPage):
    """The front of the house; its facts stand at the foot of every page."""

    tagline = models.CharField(_("tagline"), max_length=80)
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    hours = RichTextField(_("opening hours"), features=["bold"], blank=True)
    access = RichTextField(_("how to find us"), features=["bold"], blank=True)

    content_panels = [
        *Page.content_panels,
        FieldPanel("tagline"),
        FieldPanel("intro"),
        FieldPanel("body"),
        MultiFieldPanel(
            [FieldPanel(name) for name in ("hours", "phone", "address", "access")],
            heading=_("Facts about the shop"),
        ),
    ]
    template = "example/home_page.html"
    max_count_per_parent = 2

    class Meta:
        verbose_name = _("home page")

    def get_context(self, request, *args, **kwargs):
        news = NewsPage.objects.live().public().descendant_of(self)
        return {
            **super().get_context(request, *args, **kwargs),
            "latest_news": news.order_by("-published_on")[:3],
        }


class StandardPage(BodyPage):
    """A plain page: about us, privacy …"""

    template = "example/standard_page.html"

    class Meta:
        verbose_name = _("standard page")


class MenuPage(BodyPage):
    """What there is to eat, and when."""

    illustration = models.CharField(
        _("drawing"), max_length=20, choices=Illustration, default=Illustration.LUNCH
    )
    content_panels = [
        *SitePage.content_panels,
        FieldPanel("illustration"),
        FieldPanel("body"),
    ]
    template = "example/menu_page.html"

    class Meta:
        verbose_name = _("menu page")

    def get_context(self, request, *args, **kwargs):
        menus = MenuPage.objects.live().public()
        parts = menus.child_of(self) or menus.sibling_of(self, inclusive=False)
        return {
            **super().get_context(request, *args, **kwargs),
            "parts": parts.order_by("path"),
        }


class NewsIndexPage(SitePage):
    """All news, newest first."""

    template = "example/news_index_page.html"
    subpage_types = ["example.NewsPage"]

    class Meta:
        verbose_name = _("list of news")

    def get_context(self, request, *args, **kwargs):
        news = NewsPage.objects.live().public().child_of(self)
        return {
            **super().get_context(request, *args, **kwargs),
            "news": news.order_by("-published_on"),
        }


class NewsTag(TaggedItemBase):
    """What a piece of news is about; rules can ask who reads about it."""

    content_object = ParentalKey(
        "example.NewsPage", on_delete=models.CASCADE, related_name="tagged_items"
    )


class NewsPage(BodyPage):
    """One piece of news."""

    published_on = models.DateField(_("date"))
    tags = ClusterTaggableManager(
        through=NewsTag, blank=True, verbose_name=_("what it is about")
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("published_on"),
        FieldPanel("tags"),
        FieldPanel("intro"),
        FieldPanel("body"),
    ]
    search_fields = [*BodyPage.search_fields, index.FilterField("published_on")]
    template = "example/news_page.html"
    parent_page_types = ["example.NewsIndexPage"]
    subpage_types: list = []

    class Meta:
        verbose_name = _("news")


def form_page(mixin: type[CrmFormMixin]) -> list:
    """The editor's panels of a form page."""
    return [*SitePage.content_panels, *mixin.form_panels]


class InquiryPage(InquiryFormMixin, SitePage):
    """Ask us something."""

    content_panels = form_page(InquiryFormMixin)
    template = "example/form_page.html"

    class Meta:
        verbose_name = _("inquiry page")


class InquiryFormField(CrmFormField):
    page = ParentalKey(
        InquiryPage, on_delete=models.CASCADE, related_name="form_fields"
    )


class CateringPage(InquiryFormMixin, SitePage):
    """Catering for firms: asks for the organisation too."""

    content_panels = form_page(InquiryFormMixin)
    template = "example/form_page.html"
    drawing = Illustration.CATERING

    class Meta:
        verbose_name = _("catering page")


class CateringFormField(CrmFormField):
    page = ParentalKey(
        CateringPage, on_delete=models.CASCADE, related_name="form_fields"
    )


class BookingPage(BookingFormMixin, SitePage):
    """Book a table."""

    content_panels = form_page(BookingFormMixin)
    template = "example/form_page.html"
    drawing = Illustration.TABLE

    class Meta:
        verbose_name = _("booking page")


class BookingFormField(CrmFormField):
    page = ParentalKey(
        BookingPage, on_delete=models.CASCADE, related_name="form_fields"
    )


class SignUpPage(SignUpFormMixin, SitePage):
    """Sign up for news."""

    content_panels = form_page(SignUpFormMixin)
    template = "example/form_page.html"
    drawing = Illustration.LETTER

    class Meta:
        verbose_name = _("newsletter page")


class SignUpFormField(CrmFormField):
    page = ParentalKey(SignUpPage, on_delete=models.CASCADE, related_name="form_fields")


class FeedbackPage(FeedbackFormMixin, SitePage):
    """How was it? Stars, recommendation and words."""

    content_panels = form_page(FeedbackFormMixin)
    template = "example/form_page.html"
    drawing = Illustration.LUNCH

    class Meta:
        verbose_name = _("feedback page")


class FeedbackFormField(CrmFormField):
    page = ParentalKey(
        FeedbackPage, on_delete=models.CASCADE, related_name="form_fields"
    )


class FormPage(GenericFormMixin, SitePage):
    """Any other form: a survey, an application …"""

    content_panels = form_page(GenericFormMixin)
    template = "example/form_page.html"

    class Meta:
        verbose_name = _("form page")


class PlainFormField(CrmFormField):
    page = ParentalKey(FormPage, on_delete=models.CASCADE, related_name="form_fields")


class PartyPage(InquiryFormMixin, SitePage):
    """A party for us alone: asked in steps, and only what the occasion needs."""

    content_panels = form_page(InquiryFormMixin)
    template = "example/form_page.html"
    drawing = Illustration.DINNER

    class Meta:
        verbose_name = _("party page")


class PartyFormField(CrmFormField):
    page = ParentalKey(PartyPage, on_delete=models.CASCADE, related_name="form_fields")
