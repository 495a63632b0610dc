"""What a post costs beside the same page built with plain ``wagtail.contrib.forms``."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.template import engines
from django.test.utils import CaptureQueriesContext
from wagtail.contrib.forms.forms import FormBuilder
from wagtail.contrib.forms.models import FormSubmission
from wagtail.models import Locale, Site

from crm_plugin import queue
from crm_plugin.consents.models import Consent, Preference
from crm_plugin.contacts.models import Affiliation, Contact, ContactValue
from crm_plugin.forms.serving import Serving
from crm_plugin.intake.models import Claim
from crm_plugin.touchpoints.models import Inquiry
from example.models import HomePage, InquiryPage
from tests.factories import AttributeFactory, TopicFactory

from .building import EMAIL, build, field

# How many queries a post may cost more, on SQLite, than with a plain form.
MOST_MORE = 12
# A preference, an organisation and attributes are a table each, two for an organisation;
# their number adds nothing, nor do ticks.
FULL_MORE, KNOWN_MORE = 17, 11
SAID = {
    "family_name": "佐藤",
    "given_name": "花子",
    "phone": "090-1234-5678",
    "message": "席はありますか。",
}
ROWS = [
    field("Family name", "singleline", "contact.family_name", required=True),
    field("Given name", "singleline", "contact.given_name"),
    EMAIL,
    field("Phone", "singleline", "point.phone"),
    field("Message", "multiline", "message"),
]
# Types that a plain form knows as well, and every kind of thing that they become.
FULL = [
    *ROWS,
    field("Kana", "singleline", "contact.family_kana"),
    field("Heard of us", "dropdown", "contact.heard_from", choices="web,other"),
    field("Preferred", "dropdown", "preference.channel", choices="email,phone"),
    field("Company", "singleline", "organisation.name"),
    field("Title", "singleline", "affiliation.title"),
    field("Taste", "dropdown", "attribute.taste", choices="fish,meat"),
    field("Guests", "number", "attribute.guests"),
    field("Allergies", "singleline", "attribute.allergies"),
]
FILLED = {
    **SAID,
    "kana": "サトウ",
    "preferred": "phone",
    "title": "Buyer",
    "taste": "fish",
    "guests": "4",
    "allergies": "Buckwheat",
    "crm_consent": "on",
}
TEMPLATE = """{% extends "example/base.html" %}{% block main %}
{% if form %}{{ form.as_div }}{% else %}Thank you.{% endif %}{% endblock %}"""


@pytest.fixture
def root(root):
    """A front page as the example site has it: with menus, in two languages."""
    front = HomePage(title="Hinata", slug="front", tagline="-", locale=root.locale)
    root.get_parent().add_child(instance=front)
    japanese, _new = Locale.objects.get_or_create(language_code="ja")
    front.copy_for_translation(japanese).save_revision().publish()
    Site.objects.update(root_page=front)
    return front


@pytest.fixture
def visitor(visit, root):
    return visit(build(root, *ROWS, **asking()))


def asking():
    return {"consent_topic": TopicFactory(), "consent_wording": "Yes, please."}


@pytest.fixture
def full(visit, root):
    """A page that asks for every kind of thing a form can become."""
    for key, kind in {"guests": "number", "allergies": "text"}.items():
        AttributeFactory(key=key, type=kind, sensitive=key == "allergies")
    taste = AttributeFactory(key="taste")
    for key in ("fish", "meat"):
        taste.choices.create(key=key, label=key.title())
    return visit(build(root, *FULL, **asking()))


@pytest.fixture
def plainly(monkeypatch):
    """The same page and fields, served by Wagtail's own form page."""

    def make():
        behind = InquiryPage.__mro__[InquiryPage.__mro__.index(Serving) + 1 :]
        for name in vars(Serving):
            plain = next(
                (vars(kind)[name] for kind in behind if name in vars(kind)), None
            )
            if callable(plain):
                monkeypatch.setattr(InquiryPage, name, plain)
        template = engines["django"].from_string(TEMPLATE)
        monkeypatch.setattr(InquiryPage, "form_builder", FormBuilder)
        for name in ("get_template", "get_landing_page_template"):
            monkeypatch.setattr(InquiryPage, name, lambda *args: template)

    return make


def queries_of(visitor, address, **said):
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = visitor.send(e_mail=address, worker=False, **(said or SAID))
    return answer, [query["sql"] for query in queries]


@pytest.mark.django_db(transaction=True)
def test_a_post_costs_at_most_twelve_queries_more_than_a_plain_form(visitor, plainly):
    visitor.open()
    queries_of(visitor, "first@mail.example")
    answer, ours = queries_of(visitor, "ours@mail.example")
    assert answer.status_code == 302
    assert Contact.objects.count() == Inquiry.objects.count() == 2
    plainly()
    answer, plain = queries_of(visitor, "plain@mail.example")
    assert answer.status_code == 200
    assert "Thank you." in answer.content.decode()
    assert FormSubmission.objects.count() == 1
    assert len(ours) - len(plain) <= MOST_MORE, ours


@pytest.mark.django_db(transaction=True)
def test_the_cost_of_a_post_that_fills_every_table_is_known(full, plainly):
    full.open()
    queries_of(full, "first@mail.example", **FILLED, company="Hikari")
    answer, new = queries_of(full, "ours@mail.example", **FILLED, company="Nozomi")
    assert answer.status_code == 302
    assert Affiliation.objects.count() == 2
    assert (Preference.objects.count(), ContactValue.objects.count()) == (2, 6)
    other = {**FILLED, "family_name": "鈴木", "phone": "03-9999-9999", "taste": "meat"}
    answer, known = queries_of(full, "first@mail.example", **other, company="Kodama")
    assert answer.status_code == 302
    assert (Contact.objects.count(), Claim.objects.count()) == (2, 4)
    queue.run_due("intake")
    assert Consent.objects.count() == 2
    plainly()
    answer, plain = queries_of(full, "plain@mail.example", **FILLED)
    assert FormSubmission.objects.count() == 1
    lock = connection.vendor == "postgresql"
    assert len(new) - len(plain) <= FULL_MORE + lock, new
    assert len(known) - len(plain) <= KNOWN_MORE + lock, known
