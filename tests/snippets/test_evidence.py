"""The evidence of consents to one address, also when all else is gone."""

import csv
import io

import pytest
from django.contrib.auth.models import User

from crm_plugin.consents import ledger, preferences, seal, wordings
from crm_plugin.intake import attempts, confirm
from crm_plugin.models import ConsentEvent, Contact, Operation
from tests import factories

pytestmark = pytest.mark.django_db
WORDS = "はい、たよりを受け取ります。"
ADDRESS = "hanako@mail.example"


@pytest.fixture
def confirmed(time_machine):
    """She signed up on a page and confirmed it."""
    time_machine.move_to("2026-05-11T10:00:00+09:00")
    topic = factories.TopicFactory()
    row = factories.SubmissionFactory(
        email_norm=ADDRESS,
        page_id=7,
        revision=9,
        page_title="たよりのお申し込み",
        page_url="https://hinata.example/ja/news/",
        consents=[
            {"topic": topic.key, "wording": wordings.wording_for(WORDS, "ja").pk}
        ],
    )
    row = attempts.attempt(row)
    time_machine.shift(60)
    confirm.press(row.confirmation, ip="192.0.2.0/24", agent_hash="abc")
    return row


@pytest.fixture
def boss(login, role):
    return login(role("owner"))


@pytest.fixture
def ask(boss, url):
    def post(**said):
        return boss.post(url("crm_evidence:index"), {"address": ADDRESS, **said})

    return post


def text(answer):
    if answer.streaming:
        return b"".join(answer.streaming_content).decode("utf-8-sig")
    return answer.content.decode()


def table(answer):
    return list(csv.DictReader(io.StringIO(text(answer))))


def test_it_shows_words_page_times_and_how_it_was_confirmed(ask, confirmed):
    page = text(ask())
    for said in (
        WORDS,
        "たよりのお申し込み",
        "https://hinata.example/ja/news/",
        "revision 9",
        f"form {confirmed.reference}",
        f"confirmed {confirmed.reference}",
        "192.0.2.0/24",
        "their own yes",
        "10:00:00",
        "10:01:00",
    ):
        assert said in page, said


def test_it_survives_contact_page_submission_and_revision(ask, confirmed):
    Contact.objects.all().delete()
    confirmed.delete()
    rows = table(ask(do="csv"))
    assert [row["What"] for row in rows] == ["asked for", "confirmed"]
    assert {row["The words that stood there"] for row in rows} == {WORDS}
    assert {row["Page"] for row in rows} == {"たよりのお申し込み"}
    assert {row["Revision"] for row in rows} == {"9"}


def test_i14_the_words_are_those_of_that_time(ask, confirmed, time_machine):
    """Change the wording: old consents still show the old text."""
    time_machine.shift(3600)
    point = Contact.objects.get().points.get()
    topic = confirmed.consents[0]["topic"]
    new = wordings.wording_for("これからは週に2回お届けします。", "ja")
    ledger.confirm(point, factories.TopicFactory(key=topic), wording=new)
    words = [row["The words that stood there"] for row in table(ask(do="csv"))]
    assert words == [WORDS, WORDS, "これからは週に2回お届けします。"]


def test_a_wording_cannot_be_changed_afterwards(confirmed):
    from django.db import DatabaseError, transaction

    from crm_plugin.models import Wording

    with pytest.raises(DatabaseError), transaction.atomic():
        Wording.objects.update(text="Yes to everything")


def test_preferences_and_what_staff_wrote_down_stand_there(ask, confirmed):
    contact, owner = Contact.objects.get(), User.objects.get(username="owner")
    point = contact.points.get()
    preferences.choose(contact, point=point, frequency="weekly")
    preferences.choose(contact, by=owner, basis="phone", channel="phone")
    page = text(ask(point=point.pk))
    assert "each message → once a week" in page
    assert "said on the phone" in page
    assert "owner" in page


def test_seals_are_told(ask, confirmed, time_machine):
    assert {row["Sealed"] for row in table(ask(do="csv"))} == {""}
    time_machine.shift(86_400)
    seal.seal_nightly()
    assert {row["Sealed"] for row in table(ask(do="csv"))} == {"2026-05-12 10:01"}


@pytest.mark.parametrize("spelling", ["Hanako@Mail.example", " hanako@mail.example "])
def test_the_address_may_be_typed_in_any_spelling(ask, confirmed, spelling):
    assert WORDS in text(ask(address=spelling))


def test_an_address_without_a_line_is_said_so(ask, confirmed):
    assert "nobody agreed to anything" in text(ask(address="other@mail.example"))


def test_an_empty_field_is_told(ask):
    assert "This field is required" in text(ask(address=""))


def test_it_can_be_printed_by_itself(ask, confirmed):
    answer = ask(do="print")
    assert "no-store" in answer["Cache-Control"]
    page = text(answer)
    assert WORDS in page
    assert "w-sidebar" not in page


@pytest.mark.parametrize("do", ["show", "print", "csv", "xlsx"])
def test_each_look_is_noted_without_the_address(ask, confirmed, do):
    ask(do=do)
    operation = Operation.objects.get(kind="export")
    assert operation.by.username == "owner"
    noted = str(operation.changes.values().get()) + operation.summary
    assert do in noted
    assert "hanako" not in noted


def test_the_file_is_safe_in_a_spreadsheet(ask, confirmed, boss):
    ConsentEvent.objects.create(
        subject=ConsentEvent.objects.first().subject,
        address_hash=ConsentEvent.objects.first().address_hash,
        channel="email",
        action="ask",
        source="=cmd|' /C calc'!A0",
        evidence={"page_title": "=1+1"},
        at=ConsentEvent.objects.first().at,
    )
    last = table(ask(do="csv"))[-1]
    assert not last["Page"].startswith("=")
    assert not last["Came by"].startswith("=")


def test_the_record_offers_it_to_whom_has_the_right(boss, confirmed, url):
    page = text(boss.get(Contact.objects.get().get_admin_url()))
    assert url("crm_evidence:index") in page


def test_staff_have_no_part_in_it(staff, confirmed, url):
    contact = Contact.objects.get()
    assert url("crm_evidence:index") not in text(staff.get(contact.get_admin_url()))
    answer = staff.post(url("crm_evidence:index"), {"address": ADDRESS})
    assert answer.status_code == 302
    assert not Operation.objects.filter(kind="export").exists()


def test_a_hundred_lines_cost_as_much_as_two(
    ask, confirmed, django_assert_max_num_queries
):
    ask(do="print")
    with django_assert_max_num_queries(40) as few:
        ask(do="print")
    point, topic = Contact.objects.get().points.get(), factories.TopicFactory()
    for number in range(50):
        words = wordings.wording_for(f"Words {number}", "en")
        ledger.ask(point, topic, wording=words)
    with django_assert_max_num_queries(len(few)):
        ask(do="print")
