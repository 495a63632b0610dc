"""Row I5 on every kind of page: no answer tells whether an address is known.

Both posts meet the very same house: what the first one wrote is taken back before the
second. The times are measured in ``test_trust``.
"""

import re

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from crm_plugin.consents import ledger
from crm_plugin.contacts.models import Contact
from crm_plugin.intake.models import Submission
from crm_plugin.personalisation import members
from tests.factories import SegmentFactory, taste

from .building import EMAIL, build, field
from .test_booking import TARO

pytestmark = pytest.mark.django_db
KNOWN, NEW = "hanako@mail.example", "nobody@mail.example"
NAME = field("Family name", "singleline", "contact.family_name")
MESSAGE = field("Message", "multiline", "message")
ROWS = {
    "inquiry": [NAME, EMAIL, field("Phone", "phone", "point.phone"), MESSAGE],
    "catering": [NAME, EMAIL, field("Firm", "organisation", "organisation.name")],
    "sign_up": [EMAIL],
    "feedback": [field("Stars", "stars"), EMAIL, MESSAGE],
    "other": [NAME, EMAIL, field("Taste", "mapped", "attribute.taste")],
    "booking": [NAME, EMAIL, MESSAGE],
}
SAID = {
    "family_name": "田中",
    "phone": "090-9999-0000",
    "message": "Hello",
    "firm": "Nozomi",
    "stars": "2",
    "taste": "meat",
    "crm_consent": "on",
}
# What differs between any two answers: tokens, stamps, references.
OWN = re.compile(r"[\w.:-]{40,}|\bB-[A-Z0-9]{7}\b|DTSTAMP:\w+")
# Where a thank-you page leads on: the page of a booking, and its calendar file.
LINKED = re.compile(r'href="(/crm/(?:booking|waiting)/[^"]+)"')


@pytest.fixture(autouse=True)
def victim(contact, topic):
    """A known guest with a confirmed address, a taste, a number and a topic."""
    taste(contact, "fish").definition.choices.create(key="meat", label="Meat")
    point = contact.points.get(kind="email")
    ledger.confirm(point, topic, wording=ledger.wording_for("Yes.", "en"), source="t")
    contact.points.filter(kind="phone").update(value="090-1111-2222")
    return contact


@pytest.fixture
def page(root, topic, request, dinner):
    asked = {"consent_topic": topic, "consent_wording": "Yes, please."}
    return build(root, *ROWS[request.param], kind=request.param, **asked)


def seen(answer, *hidden):
    """All of an answer that a visitor's machine gets, without what is its own."""
    body = answer.content.decode()
    for text in hidden:
        body = body.replace(text, "X")
    headers = {
        name: OWN.sub("X", value)
        for name, value in answer.headers.items()
        if name != "Content-Length"
    }
    return answer.status_code, headers, sorted(answer.cookies), OWN.sub("X", body)


def body_of(answer):
    return answer.content.decode()


def of_a_form(visitor, address, said):
    visitor.client = Client()
    visitor.open()
    with transaction.atomic():
        sent = visitor.send(e_mail=address, worker=False, **said)
        thanks = visitor.client.get(sent.headers.get("Location", visitor.url))
        reference = Submission.objects.values_list("reference", flat=True).first()
        known = Contact.objects.count() == 1
        hidden = (address, reference or "R")
        behind = [visitor.client.get(url) for url in LINKED.findall(body_of(thanks))]
        found = [seen(answer, *hidden) for answer in (sent, thanks, *behind)]
        transaction.set_rollback(True)
    return known, found


@pytest.mark.parametrize("capture", ["request", "worker"])
@pytest.mark.parametrize("page", ROWS, indirect=True)
def test_i5_every_kind_of_form_answers_alike(visit, page, settings, capture, dinner):
    settings.CRM_CAPTURE = capture
    visitor = visit(page)
    said = dict(SAID)
    if page.crm_kind == "booking":
        said |= {**TARO, "crm_service": dinner.key}
        del said["e_mail"]
    of_a_form(visitor, "warm@mail.example", said)
    (was_known, known), (is_known, new) = (
        of_a_form(visitor, address, said) for address in (KNOWN, NEW)
    )
    at_once = capture == "request" or page.crm_kind == "booking"
    assert (was_known, is_known) == (True, not at_once)
    assert known == new
    behind = 2 if page.crm_kind == "booking" else 0
    assert [status for status, *_rest in known] == [302, 200] + behind * [200]


@pytest.mark.parametrize("page", ROWS, indirect=True)
def test_i5_a_form_with_an_error_answers_alike(visit, page):
    """Nothing was stored, and nothing beside the address tells whose it is."""
    visitor = visit(page)
    said = {**SAID, "stars": "9", "taste": "x", "phone": "x", "crm_slot": "x"}
    found = [
        of_a_form(visitor, address, said)[1]
        for address in ("warm@mail.example", KNOWN, NEW)
    ]
    assert found[1] == found[2]


@pytest.mark.parametrize("way", ["preferences", "members"])
def test_i5_asking_for_a_link_answers_alike(inquiry_page, way):
    if way == "members":
        members.protect(inquiry_page, segments=[SegmentFactory()], by=None)
        url, name = reverse("crm:members_link", args=[inquiry_page.pk]), "address"
    else:
        url, name = reverse("crm:ask_preferences"), "email"
    found = []
    for address in ("warm@mail.example", KNOWN, NEW):
        cache.clear()
        answer = Client().post(url, {name: address})
        found.append(seen(answer, address))
    assert found[1] == found[2]
    assert found[1][0] == 200
