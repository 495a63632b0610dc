import pytest

from crm_plugin import signing
from crm_plugin.contacts.models import Contact
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake import attempts, submissions
from crm_plugin.intake.models import Submission

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


def test_a_burst_from_one_network_is_held_and_nothing_lost(visitor, settings):
    settings.CRM_RATE_LIMIT_POSTS = 5
    visitor.open()
    for number in range(12):
        visitor.send(wait=3, **SAID | {"e_mail": f"guest{number}@mail.example"})
    states = list(Submission.objects.order_by("id").values_list("state", flat=True))
    assert states == ["processed"] * 5 + ["held"] * 7
    assert Contact.objects.count() == 5


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
