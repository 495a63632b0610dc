import re

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from crm_plugin.consents.models import Consent, ConsentEvent, Wording
from crm_plugin.contacts.models import Contact, FirstTouch
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake import limits
from crm_plugin.intake.models import Submission
from crm_plugin.touchpoints.models import Inquiry, Touchpoint

from .conftest import WORDING

pytestmark = pytest.mark.django_db

HANAKO = {
    "family_name": "佐藤",
    "given_name": "花子",
    "family_name_kana": "さとう",
    "e_mail": "hanako@mail.example",
    "phone": "090-1234-5678",
    "heard_of_us": "introduction",
    "preferred": "phone",
    "message": "Is there a table for four?\nOn Sunday.",
}


@pytest.fixture
def visitor(visit, inquiry_page):
    return visit(inquiry_page)


def test_an_inquiry_becomes_a_contact_with_a_history(visitor):
    answer = visitor.send(**HANAKO)
    assert answer.status_code == 302
    contact = Contact.objects.get()
    assert (contact.name, contact.family_kana) == ("佐藤 花子", "サトウ")
    assert contact.heard_from == "introduction"
    assert contact.preference.channel == "phone"
    assert Inquiry.objects.get().subject == "Ask us"
    touch = Touchpoint.objects.get()
    assert touch.page_url.endswith("/ask/")
    assert touch.revision == visitor.page.live_revision_id


def test_the_answers_keep_labels_and_words(visitor):
    visitor.send(**HANAKO)
    answers = {a["label"]: a["text"] for a in Submission.objects.get().answers}
    assert answers["Heard of us"] == "introduced by someone"
    assert answers["Message"] == "Is there a table for four?\nOn Sunday."
    assert list(answers) == [
        "Family name",
        "Given name",
        "Family name (kana)",
        "E-mail",
        "Phone",
        "Heard of us",
        "Preferred",
        "Message",
    ]


def test_the_thank_you_page_says_what_happens_next(visitor):
    sent = visitor.send(**HANAKO)
    page = visitor.client.get(sent.url)
    html = page.content.decode()
    for words in (
        Submission.objects.get().reference,
        "We answer within 24 hours.",
        "hinata.example",
        "0166-00-0000",
        "spam folder",
    ):
        assert words in html
    assert "hanako" not in sent.url


@pytest.mark.parametrize(("tick", "told"), [({"crm_consent": "on"}, True), ({}, False)])
def test_only_who_ticked_the_news_is_told_how_they_start(visitor, tick, told):
    sent = visitor.send(**HANAKO, **tick)
    page = visitor.client.get(sent.url).content.decode()
    assert ("You asked for our news" in page) is told


def test_reloading_the_thank_you_page_sends_nothing_again(visitor):
    sent = visitor.send(**HANAKO)
    for _time in range(3):
        visitor.client.get(sent.url)
    assert Submission.objects.count() == 1


def test_a_forged_thank_you_address_shows_the_form(visitor):
    html = visitor.client.get(f"{visitor.url}?thanks=x.y.z").content.decode()
    assert "<form" in html


def test_a_tick_is_asked_for_with_the_words_that_stood_there(visitor):
    visitor.send(**HANAKO, crm_consent="on")
    assert Wording.objects.get().text == WORDING
    event = ConsentEvent.objects.get()
    assert (event.action, event.wording) == ("ask", Wording.objects.get().pk)
    assert event.page == visitor.page.pk
    assert Consent.objects.get().state == "pending"


def test_without_the_tick_nothing_is_asked_for(visitor):
    visitor.send(**HANAKO)
    assert not ConsentEvent.objects.exists()


def test_the_tick_is_never_set_beforehand(visitor):
    html = visitor.open().content.decode()
    tick = html[html.index('name="crm_consent"') :].split(">")[0]
    assert "checked" not in tick


def test_where_the_visitor_came_from_travels_inside_the_form(visitor):
    visitor.open(
        "?utm_source=leaflet&utm_campaign=may",
        referer="https://town.example/food?secret=1",
    )
    visitor.send(**HANAKO)
    touch = FirstTouch.objects.get()
    assert (touch.source, touch.campaign) == ("leaflet", "may")
    assert touch.referrer == "https://town.example/food"


def test_the_page_before_was_the_landing_page(visitor):
    visitor.open(referer="http://testserver/en/menu/?utm_source=map")
    visitor.send(**HANAKO)
    touch = FirstTouch.objects.get()
    assert (touch.source, touch.landing_url) == ("map", "http://testserver/en/menu/")


def test_no_cookie_but_the_csrf_one_is_set(visitor):
    visitor.open()
    visitor.send(**HANAKO)
    assert set(visitor.client.cookies) <= {"csrftoken"}


def test_a_double_click_is_one_submission(visitor):
    first = visitor.send(**HANAKO)
    second = visitor.send(**HANAKO)
    assert first.url.split("?")[0] == second.url.split("?")[0]
    assert Submission.objects.count() == 1
    assert Inquiry.objects.count() == 1
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("capture", ["worker", "request"])
@pytest.mark.parametrize("worker", [True, False])
def test_going_back_to_tick_the_news_is_not_dropped(visitor, settings, capture, worker):
    settings.CRM_CAPTURE = capture
    visitor.send(**HANAKO, worker=worker)
    sent = visitor.send(**HANAKO, crm_consent="on")
    assert [e.action for e in ConsentEvent.objects.all()] == ["ask"]
    assert Consent.objects.get().state == "pending"
    thanks = visitor.client.get(sent.url).content.decode()
    assert "You asked for our news" in thanks
    assert Inquiry.objects.count() == Touchpoint.objects.count() == 1
    assert Submission.objects.get().state == "processed"


def test_the_button_that_came_first_confirms_the_tick_that_came_later(visitor):
    visitor.send(**HANAKO)
    visitor.send(**HANAKO, crm_consent="on")
    button = Delivery.objects.get().values["confirm_url"]
    assert WORDING in visitor.client.get(button).content.decode()
    visitor.client.post(button)
    assert Consent.objects.get().state == "granted"
    assert (
        ConsentEvent.objects.get(action="confirm").wording == Wording.objects.get().pk
    )


def test_a_double_click_with_the_tick_asks_once(visitor):
    for _time in range(2):
        visitor.send(**HANAKO, crm_consent="on")
    assert Submission.objects.count() == Delivery.objects.count() == 1
    assert ConsentEvent.objects.get().action == "ask"


def test_going_back_to_correct_a_word_is_not_dropped(visitor):
    visitor.send(**HANAKO)
    visitor.send(**HANAKO | {"message": "For five, sorry."})
    assert Inquiry.objects.count() == 2


def test_extra_fields_are_ignored(visitor):
    visitor.send(
        **HANAKO,
        is_staff="1",
        owner="1",
        score="99",
        contact_id="1",
        segment="vip",
        confirmed_at="2020-01-01",
    )
    contact = Contact.objects.get()
    assert contact.provisional
    assert contact.owner is None
    stored = str(Submission.objects.values().get())
    assert "vip" not in stored
    assert "is_staff" not in stored


def test_what_a_stranger_posts_makes_no_browser_known(visitor, contact):
    visitor.send(**HANAKO)
    assert "crm_visitor" not in visitor.client.cookies


@pytest.mark.parametrize(
    "payload",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }}"],
)
def test_what_was_typed_is_escaped_when_shown_again(visitor, payload):
    html = visitor.send(
        family_name=payload, e_mail="not an address", message=payload
    ).content.decode()
    assert escape(payload) in html
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_the_page_may_not_be_kept_by_others(visitor):
    assert visitor.open()["Cache-Control"] == "private, no-cache"


def test_a_retired_topic_has_no_tick(visitor, topic):
    visitor.open()
    topic.active = False
    topic.save()
    visitor.send(**HANAKO, crm_consent="on")
    assert Submission.objects.get().consents == []
    html = visitor.open().content.decode()
    assert "crm_consent" not in html
    assert WORDING not in html


def test_opening_the_page_changes_nothing(visitor):
    visitor.open()
    visitor.client.head(visitor.url)
    assert not Submission.objects.exists()
    assert not Contact.objects.exists()


@pytest.mark.parametrize("capture", ["worker", "request"])
def test_the_visitor_is_thanked_even_when_the_crm_fails(
    visitor, monkeypatch, settings, capture
):
    def fail(*args, **kwargs):
        raise RuntimeError

    settings.CRM_CAPTURE = capture
    monkeypatch.setattr("crm_plugin.contacts.records.create_contact", fail)
    answer = visitor.send(**HANAKO)
    assert answer.status_code == 302
    row = Submission.objects.get()
    assert (row.state, row.attempts) == ("stored", 1)
    assert row.error.startswith("RuntimeError")


def test_wagtails_form_list_leads_to_the_crm(inquiry_page, owner, client):
    client.force_login(owner)
    answer = client.get(f"/admin/forms/submissions/{inquiry_page.pk}/")
    assert answer.url.endswith(f"/crm/submissions/?page_id={inquiry_page.pk}")


@pytest.mark.parametrize(("capture", "queries"), [("worker", 15), ("request", 31)])
def test_the_cost_of_a_post_is_known(
    visitor, settings, capture, queries, django_assert_num_queries
):
    settings.CRM_CAPTURE = capture
    visitor.open()
    lock = capture == "request" and connection.vendor == "postgresql"
    # Redis counts the posts without a query.
    counted = isinstance(caches["default"], limits.ATOMIC)
    with django_assert_num_queries(queries + lock - counted):
        visitor.send(**HANAKO, crm_consent="on", worker=False)


def test_the_cost_of_showing_the_form_is_known(visitor, django_assert_num_queries):
    visitor.open()
    with django_assert_num_queries(11):
        visitor.open()


def shapes(captured):
    """The statements without their values."""
    values = r"'(?:[^']|'')*'|\b\d+\b|\bs\d+_x\d+"
    return [re.sub(values, "?", query["sql"]) for query in captured]


@pytest.mark.parametrize("capture", ["worker", "request"])
def test_no_answer_tells_whether_an_address_is_known(
    visitor, contact, settings, capture
):
    settings.CRM_CAPTURE = capture
    visitor.open()
    visitor.client.get(visitor.send(**HANAKO, worker=False).url)
    seen = {}
    for address in ("hanako@mail.example", "nobody@mail.example"):
        visitor.open()
        with CaptureQueriesContext(connection) as queries:
            sent = visitor.send(**HANAKO | {"e_mail": address}, worker=False)
            thanks = visitor.client.get(sent.url)
        html = thanks.content.decode()
        html = html.replace(Submission.objects.latest("id").reference, "R")
        work = shapes(queries) if capture == "worker" else ""
        seen[address] = sent.status_code, html, work
    known, unknown = seen.values()
    assert known == unknown
