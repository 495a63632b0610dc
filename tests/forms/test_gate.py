import datetime as dt
import hashlib
import itertools
import re

import pytest

from crm_plugin import signing
from crm_plugin.contacts.models import Contact
from crm_plugin.delivery.models import Delivery
from crm_plugin.forms import work
from crm_plugin.intake import attempts, spam, submissions
from crm_plugin.intake.models import Submission
from crm_plugin.touchpoints.models import Inquiry

pytestmark = pytest.mark.django_db
SAID = {"family_name": "佐藤", "e_mail": "hanako@mail.example", "message": "Hello"}


@pytest.fixture
def visitor(visit, inquiry_page):
    return visit(inquiry_page)


def held(reason):
    row = Submission.objects.get()
    assert (row.state, row.spam_reason) == ("held", reason)
    assert not Contact.objects.exists()
    assert not Delivery.objects.exists()
    return row


def test_a_filled_field_that_nobody_sees_is_held(visitor):
    visitor.send(**SAID, crm_homepage="http://spam.example")
    held("honeypot")


def test_faster_than_anybody_types_is_held(visitor):
    visitor.send(wait=1, **SAID)
    held("too_fast")


def test_after_an_error_the_second_try_may_be_quick(visitor):
    visitor.send(wait=5, **SAID | {"e_mail": "oops"})
    visitor.send(wait=0, **SAID)
    assert Submission.objects.get().state == "processed"


@pytest.mark.parametrize("stamp", ["", "forged", "a.b.c"])
def test_without_a_stamp_it_is_held(visitor, stamp):
    visitor.send(**SAID, crm_stamp=stamp)
    held("no_token")


def test_the_stamp_of_another_page_or_purpose_is_none(visitor):
    other = signing.make("form", 999_999, n="n", t=0, s={})
    visitor.send(**SAID, crm_stamp=other)
    held("no_token")


def test_a_stamp_of_another_purpose_is_none(visitor):
    wrong = signing.make("confirm", visitor.page.pk, n="n", t=0, s={})
    visitor.send(**SAID, crm_stamp=wrong)
    held("no_token")


def test_a_form_left_open_over_night_is_welcome(visitor):
    visitor.send(wait=60 * 60 * 20, **SAID)
    assert Submission.objects.get().state == "processed"


def burst(visitor, number, *, open_each=True, **changed):
    """So many posts of one browser, each with its own rendering and address."""
    for each in range(number):
        if open_each or not each:
            visitor.open()
        said = {"e_mail": f"guest{each}@mail.example", "message": f"Question {each}"}
        visitor.send(wait=3, **SAID | said | changed)
    rows = Submission.objects.order_by("id")
    return list(rows.values_list("state", "spam_reason"))


def test_a_burst_from_one_network_is_held_and_nothing_lost(visitor, settings):
    settings.CRM_RATE_LIMIT_POSTS = 5
    rows = burst(visitor, 12)
    assert rows == [("processed", "")] * 5 + [("held", "rate")] * 7
    assert Contact.objects.count() == 5


def test_a_burst_from_one_browser_is_held(visitor, settings):
    settings.CRM_RATE_LIMIT_BROWSER = 5
    rows = burst(visitor, 8)
    assert rows == [("processed", "")] * 5 + [("held", "browser_rate")] * 3


def test_a_burst_with_one_address_is_held(visitor, settings):
    settings.CRM_RATE_LIMIT_ADDRESS = 2
    rows = burst(visitor, 4, e_mail="victim@mail.example")
    assert rows == [("processed", "")] * 2 + [("held", "address_rate")] * 2


def test_one_opened_form_cannot_be_sent_for_ever(visitor):
    rows = burst(visitor, 8, open_each=False)
    assert rows == [("processed", "")] * 5 + [("held", "reused")] * 3


def test_the_same_long_words_again_and_again_are_held(visitor):
    rows = burst(visitor, 5, message="Buy our very cheap watches at once, dear Sir.")
    assert rows == [("processed", "")] * 3 + [("held", "same_text")] * 2


def test_what_is_surely_a_machine_does_not_count_against_the_address(visitor, settings):
    settings.CRM_RATE_LIMIT_ADDRESS = 1
    burst(visitor, 3, e_mail="hanako@mail.example", crm_homepage="x")
    visitor.open()
    visitor.send(**SAID)
    assert Submission.objects.latest("id").state == "processed"


def test_limits_count_anew_after_ten_minutes(visitor, settings):
    settings.CRM_RATE_LIMIT_POSTS = 1
    burst(visitor, 2)
    visitor.clock.shift(600)
    visitor.open()
    visitor.send(**SAID)
    assert Submission.objects.latest("id").state == "processed"


def test_the_visitor_reads_the_same_thanks(visitor):
    kept = visitor.send(**SAID)
    caught = visitor.send(**SAID | {"message": "x"}, crm_homepage="x")
    pages = []
    for sent in (kept, caught):
        html = visitor.client.get(sent.url).content.decode()
        for row in Submission.objects.all():
            html = html.replace(row.reference, "R")
        pages.append(html)
    assert pages[0] == pages[1]


def test_a_released_one_counts_from_its_release(visitor):
    visitor.send(**SAID, crm_homepage="x")
    visitor.clock.shift(3 * 24 * 3_600)
    row = held("honeypot")
    assert submissions.release(row)
    attempts.attempt(row)
    inquiry = Inquiry.objects.get()
    assert inquiry.due_at == row.released_at + dt.timedelta(hours=24)
    assert inquiry.touchpoint.at == row.released_at


def test_a_released_one_runs_the_whole_capture(visitor):
    visitor.send(**SAID, crm_homepage="x")
    row = held("honeypot")
    assert submissions.release(row)
    attempts.attempt(row)
    assert Contact.objects.get().family_name == "佐藤"
    assert Delivery.objects.count() == 1


def test_a_forwarded_address_is_not_believed(visitor):
    visitor.open()
    visitor.clock.shift(5)
    said = {**SAID, "crm_stamp": visitor.stamp}
    visitor.client.post(visitor.url, said, headers={"x-forwarded-for": "203.0.113.9"})
    assert Submission.objects.get().ip_truncated == "127.0.0.0/24"


def test_a_trusted_proxy_names_the_visitor(visitor, settings):
    settings.CRM_TRUSTED_PROXIES = 1
    visitor.open()
    visitor.clock.shift(5)
    said = {**SAID, "crm_stamp": visitor.stamp}
    forged = "198.51.100.7, 203.0.113.9"
    visitor.client.post(visitor.url, said, headers={"x-forwarded-for": forged})
    assert Submission.objects.get().ip_truncated == "203.0.113.0/24"


def source_of(visitor, handed, query="", **headers):
    visitor.open(query, **headers)
    visitor.send(**SAID, crm_from=handed)
    return {k: v for k, v in Submission.objects.get().source.items() if k != "via"}


LANDED = "utm_source=leaflet&referrer=https%3A%2F%2Ftown.example%2Ffood%3Fq%3D1"
HERE = "&landing_url=http%3A%2F%2Ftestserver%2Fen%2Fmenu%2F%3Fx%3D1"


def test_the_first_page_is_handed_on_to_the_form(visitor):
    assert source_of(visitor, LANDED + HERE, referer="http://testserver/en/news/") == {
        "utm_source": "leaflet",
        "referrer": "https://town.example/food",
        "landing_url": "http://testserver/en/menu/",
    }


def test_a_landing_page_alone_leaves_the_rest_as_the_form_saw_it(visitor):
    assert source_of(visitor, HERE[1:], "?utm_source=map") == {
        "utm_source": "map",
        "landing_url": "http://testserver/en/menu/",
    }


@pytest.mark.parametrize(
    "handed",
    [
        "",
        "x",
        "landing_url=https%3A%2F%2Fevil.example%2F",
        "referrer=javascript:alert(1)",
        "referrer=http%3A%2F%2F%5B",
        "referrer=http%3A%2F%2Ftestserver%2F",
        "&".join(f"a{n}=1" for n in range(50)),
        "utm_source=%FF%FE",
    ],
)
def test_what_a_browser_makes_up_is_left_out(visitor, handed):
    found = source_of(visitor, handed)
    assert found["landing_url"].startswith("http://testserver/")
    assert set(found) <= {"landing_url", "utm_source"}
    assert "evil" not in str(found)


def test_it_stays_in_the_form_after_an_error(visitor):
    html = visitor.send(**SAID | {"e_mail": "x"}, crm_from=LANDED).content.decode()
    assert f'name="crm_from" value="{LANDED.replace("&", "&amp;")}"' in html


def test_a_broken_referrer_breaks_no_form(visitor):
    assert visitor.open(referer="http://[").status_code == 200


def test_a_made_up_forwarded_address_does_not_escape_the_limit(visitor, settings):
    """Trust row I13: the header counts only behind a trusted proxy."""
    settings.CRM_RATE_LIMIT_POSTS = 3
    for number in range(5):
        visitor.open()
        visitor.clock.shift(3)
        said = {**SAID, "crm_stamp": visitor.stamp, "message": f"Question {number}"}
        forged = {"x-forwarded-for": f"203.0.113.{number}, 198.51.{number}.7"}
        visitor.client.post(visitor.url, said, headers=forged)
    assert Submission.objects.filter(spam_reason="rate").count() == 2


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("198.51.100.7, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("<script>", "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
def test_what_a_trusted_proxy_says_is_read(settings, header, expected):
    settings.CRM_TRUSTED_PROXIES = 1
    assert spam.client_address("10.0.0.1", header) == expected


class TestProofOfWork:
    @pytest.fixture(autouse=True)
    def _asked(self, settings):
        settings.CRM_PROOF_OF_WORK = 8

    def found(self, visitor):
        challenge = re.search(r'data-crm-challenge="(\w+)"', visitor.shown.text)[1]
        for number in itertools.count():
            digest = hashlib.sha256(f"{challenge}{number}".encode()).digest()
            if digest[0] == 0:
                return str(number)

    def test_a_browser_that_worked_goes_through(self, visitor):
        visitor.open()
        visitor.send(**SAID, crm_work=self.found(visitor))
        assert Submission.objects.get().state == "processed"

    @pytest.mark.parametrize("answer", ["", "-1", "x", "9" * 400, "²"])
    def test_without_the_work_it_waits_and_is_not_lost(self, visitor, answer):
        visitor.open()
        assert not work.solved("n", answer, 8)
        assert visitor.send(**SAID, crm_work=answer).status_code == 302
        held("no_work")

    def test_the_work_of_another_rendering_is_none(self, visitor):
        visitor.open()
        answer = self.found(visitor)
        # One rendering in 256 takes the number by chance: then take another.
        for _ in range(10):
            visitor.open()
            challenge = re.search(r'data-crm-challenge="(\w+)"', visitor.shown.text)[1]
            if not work.solved(challenge, answer, 8):
                break
        visitor.send(**SAID, crm_work=answer)
        held("no_work")

    def test_after_an_error_the_work_need_not_be_done_again(self, visitor):
        visitor.open()
        answer = self.found(visitor)
        visitor.send(**SAID | {"e_mail": "oops"}, crm_work=answer)
        shown = visitor.client.post(
            visitor.url,
            {**SAID, "e_mail": "oops", "crm_stamp": visitor.stamp, "crm_work": answer},
        )
        assert visitor.value("crm_work", shown.text) == answer
        (asked,) = set(re.findall(r'data-crm-challenge="(\w+)"', shown.text))
        assert asked in visitor.shown.text

    def test_the_form_says_what_happens_without_scripts(self, visitor):
        assert "a person looks at it first" in visitor.open().text

    def test_it_is_off_by_default(self, visitor, settings):
        del settings.CRM_PROOF_OF_WORK
        assert "crm_work" not in visitor.open().text
