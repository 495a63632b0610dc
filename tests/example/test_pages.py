import pytest
from django.urls import reverse
from django.utils import timezone
from django.views.defaults import server_error

from crm_plugin import signing
from crm_plugin.models import Segment, SegmentMembership
from crm_plugin.personalisation import visitor
from example.content import front, words
from example.content.pages import PHONE
from example.models import CateringPage, InquiryPage
from example.search import find, grams
from tests.factories import ContactFactory

# The road through the browser looks at the same pages in every run.
pytestmark = [pytest.mark.once, pytest.mark.slow]

CIRCLE = "circle/"
SLUGS = ["", *(f"{spec['slug']}/" for spec in words.PAGES)]
SLUGS.remove(CIRCLE)


FEATURES = {
    language: {name: said[name] for name in ("social", "default")}
    for language, said in front.FRONT.items()
}


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("slug", SLUGS)
def test_every_page_is_there_in_both_languages(hinata, client, language, slug):
    answer = client.get(f"/{language}/{slug}")
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.content.decode()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_regulars_page_shows_strangers_its_door(hinata, client, language):
    answer = client.get(f"/{language}/{CIRCLE}")
    assert answer.status_code == 403
    assert "昆布" not in answer.text
    assert "kelp" not in answer.text
    assert f"/{language}/{CIRCLE}" in client.get(f"/{language}/").text


def test_every_page_asks_about_visits_without_storing_anything(hinata, client):
    html = client.get("/ja/").text
    assert "data-crm-visits hidden" in html
    assert "/crm/site-visits?in=ja" in html
    assert not client.cookies


def asked(model, language):
    page = model.objects.get(locale__language_code=language)
    return set(page.form_fields.values_list("maps_to", flat=True))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_catering_asks_what_the_inquiry_asks_and_for_the_firm(hinata, language):
    more = asked(CateringPage, language) - asked(InquiryPage, language)
    assert asked(InquiryPage, language) <= asked(CateringPage, language)
    assert more == {"organisation.name", "organisation.department"}


def test_every_page_names_its_translation(hinata, client):
    html = client.get("/ja/menu/").content.decode()
    assert 'href="/en/menu/"' in html
    assert 'rel="alternate" hreflang="en"' in html


def test_no_page_needs_a_file_from_elsewhere(hinata, client):
    html = client.get("/ja/").content.decode()
    assert "https://" not in html
    assert 'src="//' not in html


def test_the_booking_page_stands_as_a_button_beside_the_menu(hinata, client):
    html = client.get("/en/").content.decode()
    menu = html.partition('class="nav nav--main"')[2].partition("</nav>")[0]
    assert "/en/booking/" not in menu
    assert 'head__book" href="/en/booking/"' in html


def test_a_stranger_sees_what_everyone_else_sees(hinata, client):
    html = client.get("/ja/").content.decode()
    assert front.FRONT["ja"]["default"]["words"][2] in html
    assert front.FRONT["ja"]["lunch"]["words"][2] not in html


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    ("query", "referrer", "welcomed"),
    [
        ({"utm_source": "Instagram"}, "", True),
        ({}, "https://l.instagram.com/", True),
        ({}, "https://search.example/", False),
    ],
)
def test_a_stranger_from_a_social_link_is_welcomed_and_remains_unknown(
    hinata, client, language, query, referrer, welcomed
):
    answer = client.get(f"/{language}/", query, headers={"referer": referrer})
    title = {name: said["words"][2] for name, said in FEATURES[language].items()}
    assert (title["social"] in answer.text) is welcomed
    assert (title["default"] in answer.text) is not welcomed
    assert "no-store" in answer["Cache-Control"]
    assert not client.cookies


def test_a_lunch_guest_sees_lunch_first_and_no_cache_keeps_it(hinata, client):
    guest = ContactFactory()
    segment = Segment.objects.get(key="lunch-guests")
    SegmentMembership.objects.create(
        segment=segment, contact=guest, entered_at=timezone.now()
    )
    client.cookies[visitor.COOKIE] = signing.make("browser", str(guest.public_id), t=0)
    answer = client.get("/ja/")
    assert front.FRONT["ja"]["lunch"]["words"][2] in answer.content.decode()
    assert "private" in answer["Cache-Control"]


def test_a_page_that_is_missing_says_so_in_words(hinata, client):
    answer = client.get("/en/nowhere/")
    assert answer.status_code == 404
    assert "The kitchen is still open" in answer.content.decode()


def test_search_finds_a_part_of_a_japanese_word(hinata, client):
    html = client.get("/ja/search/", {"q": "土鍋"}).content.decode()
    assert "きのこの土鍋ごはん、始まりました" in html


def test_search_stays_in_the_visitors_language(hinata):
    assert not find("mushrooms", language="ja")
    assert find("mushrooms", language="en")


def test_search_never_finds_a_personalised_variant(hinata):
    secret = front.FRONT["ja"]["lunch"]["words"][2]
    assert not find(secret, language="ja")
    assert find(front.FRONT["ja"]["default"]["words"][2], language="ja")


def test_everybody_finds_the_way_to_be_forgotten(hinata, client):
    html = client.get("/en/").content.decode()
    assert reverse("crm:forget") in html[html.index("<footer") :]


def test_a_search_without_a_hit_says_what_to_do(hinata, client):
    html = client.get("/en/search/", {"q": "zzzz"}).content.decode()
    assert "a shorter or another word" in html
    assert html.index("tel:") < html.index("<footer")


def test_a_breakdown_is_told_in_both_languages_with_the_phone_number(rf):
    html = server_error(rf.get("/")).content.decode()
    assert 'name="viewport"' in html
    for said in ("申し訳ございません", "Sorry", f"tel:{PHONE}", "/ja/", "/en/"):
        assert said in html


@pytest.mark.parametrize("query", ["", "   ", "%", '"', "x" * 500, "OR AND NOT *"])
def test_search_answers_whatever_is_asked(hinata, client, query):
    assert client.get("/en/search/", {"q": query}).status_code == 200


def test_japanese_is_cut_into_pairs_of_letters():
    assert grams("お昼の Lunch２") == "お昼 昼の lunch2"
