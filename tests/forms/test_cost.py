"""What a post costs beside the same page built with plain ``wagtail.contrib.forms``."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.template import engines
from django.test.utils import CaptureQueriesContext
from wagtail.contrib.forms.forms import FormBuilder
from wagtail.contrib.forms.models import FormSubmission
from wagtail.models import Locale, Site

from crm_plugin.contacts.models import Contact
from crm_plugin.forms.serving import Serving
from crm_plugin.touchpoints.models import Inquiry
from example.models import HomePage, InquiryPage
from tests.factories import TopicFactory

from .building import EMAIL, build, field

MOST_MORE = 12
SAID = {
    "family_name": "佐藤",
    "given_name": "花子",
    "phone": "090-1234-5678",
    "message": "席はありますか。",
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
    rows = [
        field("Family name", "singleline", "contact.family_name", required=True),
        field("Given name", "singleline", "contact.given_name"),
        EMAIL,
        field("Phone", "singleline", "point.phone"),
        field("Message", "multiline", "message"),
    ]
    asked = {"consent_topic": TopicFactory(), "consent_wording": "Yes, please."}
    return visit(build(root, *rows, **asked))


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


def queries_of(visitor, address):
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = visitor.send(e_mail=address, worker=False, **SAID)
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
