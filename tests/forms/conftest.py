import datetime as dt
import re

import pytest
from django.core.cache import cache
from wagtail.models import Locale, Page, Site
from wagtail.signal_handlers import disable_reference_index_auto_update

from crm_plugin import queue
from example.models import (
    BookingFormField,
    BookingPage,
    InquiryFormField,
    InquiryPage,
    SignUpFormField,
    SignUpPage,
)
from tests.factories import ServiceFactory, TopicFactory
from tests.site_tree import put_live

WORDING = "Yes, please send me the news of Hinata (about once a month)."
FIELDS = {
    "Family name": ("singleline", "contact.family_name", True),
    "Given name": ("singleline", "contact.given_name", False),
    "Family name (kana)": ("kana", "contact.family_kana", False),
    "E-mail": ("email", "point.email", True),
    "Phone": ("phone", "point.phone", False),
    "Heard of us": ("mapped", "contact.heard_from", False),
    "Preferred": ("mapped", "preference.channel", False),
    "Message": ("multiline", "message", False),
}


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def topic(db):
    return TopicFactory()


@pytest.fixture
def root(db):
    """An English front page on the default site."""
    Locale.objects.get_or_create(language_code="en")
    english = Locale.objects.get(language_code="en")
    # A test that ran in transactions of its own left no page behind.
    top = Page.objects.filter(depth=1).first() or Page.add_root(title="Root")
    front = Page(title="Hinata", slug="hinata", locale=english)
    with disable_reference_index_auto_update():
        top.add_child(instance=front)
    Site.objects.all().delete()
    Site.objects.create(
        hostname="localhost", port=80, root_page=front, is_default_site=True
    )
    return front


def publish(root, page, field_model, fields):
    with disable_reference_index_auto_update():
        root.add_child(instance=page)
    for order, (label, (kind, maps_to, required)) in enumerate(fields.items()):
        field_model.objects.create(
            page=page,
            sort_order=order,
            label=label,
            field_type=kind,
            maps_to=maps_to,
            required=required,
        )
    return put_live(page)


@pytest.fixture
def inquiry_page(root, topic):
    page = InquiryPage(
        title="Ask us",
        slug="ask",
        locale=root.locale,
        consent_topic=topic,
        consent_wording=WORDING,
        purpose_of_use="To answer you.",
        contact_phone="0166-00-0000",
        sender_domain="hinata.example",
    )
    return publish(root, page, InquiryFormField, FIELDS)


@pytest.fixture
def sign_up_page(root, topic):
    page = SignUpPage(
        title="News",
        slug="news",
        locale=root.locale,
        consent_topic=topic,
        consent_wording=WORDING,
    )
    fields = {"E-mail": ("email", "point.email", True)}
    return publish(root, page, SignUpFormField, fields)


@pytest.fixture
def dinner(db):
    service = ServiceFactory(name="Dinner table", lead_hours=0, days_ahead=14)
    for weekday in range(7):
        service.slots.create(weekday=weekday, starts=dt.time(18, 0))
        service.slots.create(weekday=weekday, starts=dt.time(20, 0))
    return service


@pytest.fixture
def booking_page(root, topic, dinner):
    page = BookingPage(
        title="Book a table",
        slug="book",
        locale=root.locale,
        consent_topic=topic,
        consent_wording=WORDING,
    )
    return publish(root, page, BookingFormField, FIELDS)


class Visitor:
    """A browser on one form page: opens it, fills it in, sends it."""

    def __init__(self, client, page, time_machine):
        self.client, self.page, self.clock = client, page, time_machine
        self.url = page.url

    def open(self, query="", **headers):
        self.shown = self.client.get(f"{self.url}{query}", headers=headers)
        self.stamp = self.value("crm_stamp")
        return self.shown

    def value(self, name, html=None):
        html = html or self.shown.content.decode()
        found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', html)
        return found[1] if found else ""

    def send(self, *, wait=5, worker=True, **said):
        """Send the form; then, unless told otherwise, a worker does what is due."""
        if not hasattr(self, "stamp"):
            self.open()
        self.clock.shift(wait)
        said.setdefault("crm_stamp", self.stamp)
        answer = self.client.post(self.url, said)
        if worker:
            queue.run_due("intake")
        return answer


@pytest.fixture
def visit(client, time_machine):
    time_machine.move_to("2026-05-11T10:00:00+09:00")
    return lambda page: Visitor(client, page, time_machine)
