import datetime as dt
import re
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_plugin.conf import CrmSettings
from crm_plugin.models import (
    Affiliation,
    Contact,
    FollowUp,
    Inquiry,
    Organisation,
    Touchpoint,
)
from crm_plugin.touchpoints import log
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
FIND = reverse("crm_call:index")


@pytest.fixture
def page(contact):
    return reverse("crm_call:contact", args=[contact.pk])


@pytest.fixture
def note(staff, page):
    def post(**typed):
        said = {"reason": "question", "result": "settled", "key": "k1", "side": "in"}
        return staff.post(page, {**said, **typed})

    return post


@pytest.mark.parametrize(
    "number",
    [
        "090-1234-5678",
        "０９０－１２３４－５６７８",
        "+81 90 1234 5678",
        " 819012345678",
        "090(1234)5678",
        "9012345678",
        "090-1234-5678 内線12",
    ],
)
def test_a_number_in_any_spelling_opens_the_person(staff, contact, page, number):
    assert staff.get(FIND, {"number": number}).url == page


def test_the_page_tells_what_one_must_know(staff, contact, page):
    factories.InquiryFactory(contact=contact, subject="Catering for 20")
    factories.DealFactory(contact=contact, title="Lunch boxes")
    for words in ("First words", "Second words", "Third words", "Fourth words"):
        log.record(contact, "mail_in", channel="email", direction="in", body=words)
    text = staff.get(page).content.decode()
    for shown in (contact.name, "Catering for 20", "Lunch boxes", "Fourth words"):
        assert shown in text
    assert "First words" not in text
    assert "autofocus" in text


def test_the_page_tells_how_old_they_are_today(staff, contact, page, time_machine):
    Contact.objects.update(birth_on=dt.date(1981, 5, 2))
    for day, age in (("2026-05-01", 44), ("2026-05-02", 45)):
        time_machine.move_to(dt.datetime.fromisoformat(f"{day}T08:00+09:00"))
        assert f"<span>{age} years old</span>" in staff.get(page).content.decode()


def test_several_people_at_one_number_are_offered(staff, contact):
    other = factories.ContactFactory(family_name="家族", phone="+819012345678")
    text = staff.get(FIND, {"number": "09012345678"}).content.decode()
    for person in (contact, other):
        assert reverse("crm_call:contact", args=[person.pk]) in text


@pytest.fixture
def firm():
    return factories.OrganisationFactory(
        name="ひかり電機", phone="0166-22-3344", phone_norm="+81166223344"
    )


class TestTheMainLine:
    @pytest.fixture(autouse=True)
    def people(self, firm, contact):
        boss, gone = factories.ContactFactory.create_batch(2)
        for person, said in (
            (contact, {"title": "Buyer"}),
            (boss, {"authority": "decides"}),
            (gone, {"ended_on": dt.date(2020, 1, 1)}),
        ):
            Affiliation.objects.create(contact=person, organisation=firm, **said)
        return boss, contact, gone

    @pytest.mark.parametrize(
        "number", ["0166-22-3344", "+81 166 22 3344", "０１６６（２２）３３４４ 内線12"]
    )
    def test_it_lists_the_organisation_with_its_people(self, staff, people, number):
        text = staff.get(FIND, {"number": number}).content.decode()
        assert "ひかり電機" in text
        assert "Buyer" in text
        boss, buyer, gone = (
            reverse("crm_call:contact", args=[person.pk]) for person in people
        )
        assert 0 < text.index(boss) < text.index(buyer)
        assert gone not in text
        assert text.count("autofocus") == 1

    def test_somebody_new_belongs_there_and_has_a_number_of_their_own(self, staff):
        text = staff.get(FIND, {"number": "0166-22-3344"}).content.decode()
        assert re.search(r'name="organisation__name" value="ひかり電機"', text)
        assert not re.search(r'name="point__phone" value="0', text)
        assert "Nobody is known" not in text

    def test_where_nobody_is_known_the_cursor_waits_for_the_name(self, staff):
        Affiliation.objects.all().delete()
        text = staff.get(FIND, {"number": "0166-22-3344"}).content.decode()
        assert "Nobody who belongs to it is known yet." in text
        assert "autofocus" in text.split('name="contact__name"')[1].split(">")[0]

    def test_whose_own_number_it_is_stands_beside_the_others_once(self, staff, contact):
        other = factories.ContactFactory(phone="+81166223344")
        contact.points.create(
            kind="phone", value="0166223344", value_norm="+81166223344"
        )
        text = staff.get(FIND, {"number": "0166-22-3344"}).content.decode()
        assert "Others with this number" in text
        for person in (contact, other):
            page = reverse("crm_call:contact", args=[person.pk])
            assert text.count(f'href="{page}"') == 1

    @pytest.mark.parametrize("what", ["archived", "consumers"])
    def test_nothing_is_told_of_an_organisation_that_is_not_shown(
        self, staff, firm, what
    ):
        if what == "archived":
            Organisation.objects.update(archived_at=firm.created_at)
        else:
            CrmSettings.objects.update_or_create(
                pk=1, defaults={"consumers_only": True}
            )
        text = staff.get(FIND, {"number": "0166-22-3344"}).content.decode()
        assert "ひかり電機" not in text
        assert "Nobody is known" in text

    def test_its_cost_does_not_grow_with_its_people(self, staff, firm):
        def cost():
            with CaptureQueriesContext(connection) as asked:
                staff.get(FIND, {"number": "0166-22-3344"})
            return len(asked)

        few = cost()
        for person in factories.ContactFactory.create_batch(20):
            Affiliation.objects.create(contact=person, organisation=firm)
        assert cost() == few


def test_the_form_of_an_organisation_keeps_its_main_line(staff):
    said = {"name": "ひかり", "phone": "０１６６ー２２ー３３４４", "version": 1}
    staff.post(reverse("crm_organisation:add"), said)
    firm = Organisation.objects.get()
    assert firm.phone_norm == "+81166223344"
    said |= {"phone": "0166-99-0000"}
    staff.post(reverse("crm_organisation:edit", args=[firm.pk]), said)
    firm.refresh_from_db()
    assert firm.phone_norm == "+81166990000"


def test_numbers_on_record_are_found_after_the_upgrade(staff):
    step = import_module("crm_plugin.migrations.0034_main_lines_and_handles")
    firm = factories.OrganisationFactory(name="ひかり電機", phone="0166(22)3344")
    factories.OrganisationFactory(phone="")
    step.fill_main_lines(apps, None)
    norms = Organisation.objects.order_by("pk").values_list("phone_norm", flat=True)
    assert list(norms) == ["+81166223344", ""]
    assert str(firm) in staff.get(FIND, {"number": "0166223344"}).content.decode()


def test_an_unknown_number_offers_a_new_contact_with_the_number(staff):
    text = staff.get(FIND, {"number": "0166-22-3344"}).content.decode()
    assert 'value="0166-22-3344"' in text
    assert reverse("crm_contact:quick") in text


@pytest.mark.parametrize("number", ["内線 12", "anonymous", "", "<script>"])
def test_what_is_no_number_finds_nobody(staff, contact, number):
    response = staff.get(FIND, {"number": number})
    assert response.status_code == 200
    assert "<script>x" not in response.content.decode()


def test_the_last_words_stand_first_beside_the_note(staff, contact, page):
    log.record(contact, "chat", channel="line", direction="in", body="A quiet table?")
    text = staff.get(page).content.decode()
    assert text.index("A quiet table?") < text.index('id="card-next"')


def test_without_a_number_the_cursor_waits_for_one(staff):
    text = staff.get(FIND).content.decode()
    assert text.count("autofocus") == 1
    assert "autofocus" in text.split('name="number"')[1].split(">")[0]


def test_with_an_unknown_number_it_waits_for_the_name(staff):
    text = staff.get(FIND, {"number": "0166-22-3344"}).content.decode()
    assert text.count("autofocus") == 1
    assert text.index('name="contact__name"') < text.index('name="number"')


def test_looking_changes_nothing(staff, contact, page):
    staff.get(FIND, {"number": "0166-22-3344"})
    staff.get(page)
    assert not Touchpoint.objects.exists()
    assert Contact.objects.count() == 1


def test_reason_result_and_words_are_one_note(note, contact):
    response = note(said="Open on Monday?", tags="#hours、Monday,monday")
    call = Touchpoint.objects.get()
    assert (call.kind, call.channel, call.direction) == ("call", "phone", "both")
    assert (call.reason, call.result) == ("question", "settled")
    assert (call.body, call.tags) == ("Open on Monday?", "hours, Monday")
    assert response.url == contact.get_admin_url()


def test_a_double_click_is_one_note(note):
    note(said="Open on Monday?")
    note(said="Open on Monday?")
    assert Touchpoint.objects.count() == 1


def test_who_is_to_be_called_back_stands_on_today(note):
    note(said="Wants a price", result="call_back")
    step = FollowUp.objects.get()
    assert (step.what, step.owner.username) == ("Call back: Wants a price", "staff")
    assert step.due_on == timezone.localdate()


def test_what_is_passed_on_is_for_whoever_has_time(note):
    note(said="Wants a price", result="passed_on")
    assert FollowUp.objects.get().owner is None


def test_an_own_next_step_comes_instead(note):
    day = timezone.localdate() + dt.timedelta(days=3)
    note(result="call_back", next_what="Send the list", next_on=day.isoformat())
    assert FollowUp.objects.get().what == "Send the list"


def test_not_reached_is_no_contact_of_theirs(note):
    note(result="not_reached")
    assert Touchpoint.objects.get().direction == "out"


@pytest.mark.parametrize(
    ("result", "is_open"), [("settled", False), ("passed_on", True)]
)
def test_a_complaint_is_owed_an_answer_until_it_is_settled(note, result, is_open):
    note(reason="complaint", said="Cold soup", result=result)
    inquiry = Inquiry.objects.get()
    assert (inquiry.kind, inquiry.subject) == ("complaint", "Cold soup")
    assert inquiry.is_open is is_open


def test_a_complaint_without_words_is_refused_and_nothing_is_lost(note):
    text = note(reason="complaint", tags="soup").content.decode()
    assert 'value="soup"' in text
    assert not Touchpoint.objects.exists()


def test_a_marketer_reads_and_writes_nothing(role, login, page):
    client = login(role("marketer"))
    assert "data-crm-call" not in client.get(page).content.decode()
    client.post(page, {"reason": "question", "result": "settled", "key": "k"})
    assert not Touchpoint.objects.exists()


def test_its_cost_does_not_grow_with_the_history(staff, contact, page):
    def count():
        with CaptureQueriesContext(connection) as queries:
            staff.get(page)
        return len(queries)

    factories.TouchpointFactory(contact=contact, body="x")
    count()
    few = count()
    factories.TouchpointFactory.create_batch(30, contact=contact, body="x")
    assert count() == few
