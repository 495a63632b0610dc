"""What each type of field accepts, refuses and keeps."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm_plugin.contacts.models import Contact
from crm_plugin.intake.models import Submission
from tests.factories import AttributeFactory

from .building import EMAIL, build, field

pytestmark = pytest.mark.django_db
SAID = {"e_mail": "h@mail.example"}
HOME = {
    "address_code": "０７０－００３１",
    "address_prefecture": "北海道",
    "address_city": "旭川市",
    "address_street": "一条通１丁目２－３",
    "address_building": "ひなたビル２階",
}
LINE = "〒070-0031 北海道旭川市一条通1丁目2-3 ひなたビル2階"


def form(root, kind, maps_to="", **more):
    return build(root, field("Address", kind, maps_to, **more), EMAIL)


def answer():
    return next(a for a in Submission.objects.get().answers if a["name"] == "address")


class TestPostalAddress:
    def test_its_parts_stand_in_the_japanese_order(self, visit, root):
        html = visit(form(root, "postal")).open().content.decode()
        found = re.findall(r'name="address_(\w+)"', html)
        assert found == ["code", "prefecture", "city", "street", "building"]
        tokens = re.findall(r'autocomplete="((?:postal|address)-[^"]+)"', html)
        assert tokens == [
            "postal-code",
            "address-level1",
            "address-level2",
            "address-line1",
            "address-line2",
        ]
        assert html.count('<label for="id_address_') == 5
        assert "<fieldset" in html

    def test_it_becomes_one_line_and_a_contact_point(self, visit, root):
        visit(form(root, "postal", "point.postal")).send(**SAID, **HOME)
        assert answer()["text"] == LINE
        point = Contact.objects.get().points.get(kind="postal")
        assert (point.value, point.postal_code) == (LINE, "070-0031")
        assert (point.prefecture, point.city) == ("北海道", "旭川市")

    def test_a_required_one_says_which_part_is_missing(self, visit, root):
        visitor = visit(form(root, "postal", "point.postal", required=True))
        html = visitor.send(**SAID, address_prefecture="北海道").content.decode()
        for part in ("Postcode", "City, ward, town", "Street and number"):
            assert f"Please fill in: {part}." in html
        assert 'value="北海道" selected' in html

    def test_an_optional_one_takes_what_there_is(self, visit, root):
        visit(form(root, "postal")).send(**SAID, address_city="旭川市")
        assert answer()["text"] == "旭川市"

    def test_an_empty_one_is_no_answer(self, visit, root):
        visit(form(root, "postal")).send(**SAID, address_code=" ")
        assert len(Submission.objects.get().answers) == 1

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"address_code": "12"}, "A postcode has seven digits."),
            ({"address_prefecture": "Mars"}, "choose a prefecture from the list"),
            ({"address_street": "あ" * 400}, "This address is too long."),
        ],
    )
    def test_what_cannot_be_meant_is_said_and_kept(self, visit, root, wrong, words):
        html = visit(form(root, "postal")).send(**SAID, **{**HOME, **wrong})
        assert words in html.content.decode()
        assert 'value="ひなたビル２階"' in html.content.decode()

    def test_a_mapped_field_asks_in_parts_too(self, visit, root):
        html = visit(form(root, "mapped", "point.postal")).open().content.decode()
        assert 'name="address_code"' in html


class TestDateOfBirth:
    @pytest.mark.parametrize(
        "year", ["1985", "昭和60", "S60", "１９８５", "1985年", "昭和60年"]
    )
    def test_a_year_may_be_one_of_an_era(self, visit, root, year):
        said = {"address_year": year, "address_month": "5", "address_day": "3日"}
        visit(form(root, "birth", "contact.birth_on")).send(**SAID, **said)
        assert str(Contact.objects.get().birth_on) == "1985-05-03"

    @pytest.mark.parametrize(
        ("year", "month", "day"),
        [
            ("1985", "13", "1"),
            ("1985", "2", "30"),
            ("1985", "", "3"),
            ("2999", "1", "1"),
            ("1700", "1", "1"),
            ("x", "y", "z"),
            ("9" * 40, "1", "1"),
        ],
    )
    def test_what_is_no_date_of_birth_is_said(self, visit, root, year, month, day):
        said = {"address_year": year, "address_month": month, "address_day": day}
        html = visit(form(root, "birth")).send(**SAID, **said).content.decode()
        assert "This is not a date of birth." in html
        assert f'value="{year}"' in html

    def test_it_asks_for_what_browsers_know(self, visit, root):
        html = visit(form(root, "birth")).open().content.decode()
        assert re.findall(r'autocomplete="(bday-\w+)"', html) == [
            "bday-year",
            "bday-month",
            "bday-day",
        ]


class TestOthers:
    def test_an_organisation_is_asked_for_and_kept(self, visit, root):
        visitor = visit(form(root, "organisation", "organisation.name"))
        assert 'autocomplete="organization"' in visitor.open().content.decode()
        visitor.send(**SAID, address="株式会社ひかり", worker=True)
        found = Contact.objects.get().affiliations.get().organisation
        assert found.name == "株式会社ひかり"

    @pytest.mark.parametrize(
        ("typed", "text"), [("0", "0"), ("１，２００", "1200"), ("-3.5", "-3.5")]
    )
    def test_a_number_of_any_width_and_zero_too(self, visit, root, typed, text):
        visit(form(root, "number")).send(**SAID, address=typed)
        assert answer()["text"] == text

    @pytest.mark.parametrize("typed", ["many", "1e999", "NaN", "9" * 30])
    def test_what_is_no_number_is_said(self, visit, root, typed):
        html = visit(form(root, "number")).send(**SAID, address=typed).content.decode()
        assert "Please check these entries" in html
        assert f'value="{typed}"' in html

    def test_a_day_and_time_as_browsers_send_them(self, visit, root):
        visit(form(root, "datetime")).send(**SAID, address="2026-05-12T18:00")
        assert answer()["text"] == "May 12, 2026, 6 p.m."

    def test_a_web_address_without_a_scheme(self, visit, root):
        visit(form(root, "url")).send(**SAID, address="hinata.example")
        assert answer()["value"] == "https://hinata.example"

    @pytest.mark.parametrize("typed", ["javascript:alert(1)", "data:text/html,x"])
    def test_a_web_address_that_does_something_is_none(self, visit, root, typed):
        html = visit(form(root, "url")).send(**SAID, address=typed).content.decode()
        assert "Please check these entries" in html

    def test_an_attribute_asks_with_its_own_type_and_choices(self, visit, root):
        taste = AttributeFactory(key="taste", type="choice")
        taste.choices.create(key="fish", label="Fish")
        visitor = visit(form(root, "mapped", "attribute.taste"))
        assert ">Fish</option>" in visitor.open().content.decode()
        visitor.send(**SAID, address="fish")
        assert Contact.objects.get().values.get().choice.key == "fish"


def cost_of(visit, root, count):
    """Queries for showing and for sending a form with *count* fields."""
    kinds = ("mapped", "postal", "birth", "phone", "nps", "checkbox", "file", "kana")
    rows = []
    for number in range(count):
        attribute = AttributeFactory(key=f"a{count}-{number}", type="multi_choice")
        attribute.choices.create(key="yes", label="Yes")
        kind = kinds[number % len(kinds)]
        saved_as = f"attribute.{attribute.key}" if kind == "mapped" else ""
        rows.append(field(f"Field {number}", kind, saved_as))
    visitor = visit(build(root, *rows, EMAIL, slug=f"form-{count}"))
    visitor.open()
    with CaptureQueriesContext(connection) as shown:
        visitor.open()
    answers = {
        f"field_{number}": "yes"
        for number in range(count)
        if kinds[number % len(kinds)] == "mapped"
    }
    with CaptureQueriesContext(connection) as sent:
        assert visitor.send(**SAID, **answers, worker=False).status_code == 302
    return len(shown), len(sent)


def test_neither_showing_nor_sending_costs_a_query_per_field(visit, root):
    cost_of(visit, root, 1)
    few, many = cost_of(visit, root, 3), cost_of(visit, root, 30)
    assert few == many
    assert max(few) < 40
