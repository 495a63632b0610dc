"""Fields that are asked only if another one has a certain answer."""

import re

import pytest

from crm_plugin.intake.models import Submission
from tests.factories import AttributeFactory

from .building import EMAIL, build, field

pytestmark = pytest.mark.django_db
OCCASION = field("Occasion", "dropdown", choices="Wedding, Meeting, Other")


def only(label, decider, *values, **more):
    more.setdefault("field_type", "singleline")
    return field(label, only_if=decider, only_if_value="\n".join(values), **more)


def names():
    return [a["name"] for a in Submission.objects.get().answers]


@pytest.fixture
def visitor(visit, root):
    guests = only("Guests", "Occasion", "Wedding", "other", required=True)
    return visit(build(root, OCCASION, guests, EMAIL))


SAID = {"e_mail": "h@mail.example"}


def test_it_is_required_when_its_condition_holds(visitor):
    html = visitor.send(**SAID, occasion="Wedding").content.decode()
    assert "Guests: Please fill this in." in html
    assert visitor.send(**SAID, occasion="Wedding", guests="20").status_code == 302


def test_it_is_neither_required_nor_stored_when_it_does_not(visitor):
    visitor.send(**SAID, occasion="Meeting", guests="20")
    assert names() == ["occasion", "e_mail"]


def test_nothing_wrong_in_it_matters_when_it_is_not_asked(visit, root):
    mail = only("Their address", "Occasion", "Wedding", field_type="email")
    visitor = visit(build(root, OCCASION, mail, EMAIL))
    sent = visitor.send(**SAID, occasion="Meeting", their_address="nobody")
    assert sent.status_code == 302


def test_without_script_it_is_shown_with_the_words_only_if(visitor):
    html = visitor.open().content.decode()
    assert "Only if “Occasion” is “Wedding” or “other”." in html
    shown = re.search(
        r'<div class="crm-field"[^>]*data-crm-only-if="occasion"[^>]*>', html
    )
    assert shown
    assert "hidden" not in shown[0]
    assert "[&quot;Wedding&quot;, &quot;Other&quot;]" in shown[0]
    guests = re.search(r'<input[^>]*name="guests"[^>]*>', html)[0]
    assert " required" not in guests
    assert 'aria-describedby="id_guests_only"' in guests


def test_what_was_typed_is_still_there_after_an_error(visitor):
    html = visitor.send(occasion="Meeting", guests="20").content.decode()
    assert 'value="20"' in html


def test_a_tick_decides(visit, root):
    tick = field("Allergies", "checkbox")
    which = only("Which ones", "Allergies", required=True)
    visitor = visit(build(root, tick, which, EMAIL))
    assert "Only if “Allergies” is ticked." in visitor.open().content.decode()
    assert visitor.send(**SAID, which_ones="Eggs").status_code == 302
    assert names() == ["e_mail"]
    visitor.open()
    assert "Which ones: Please" in visitor.send(**SAID, allergies="on").content.decode()


def test_a_tick_that_is_missing_decides_too(visit, root):
    tick = field("I can come", "checkbox")
    why = only("Why not", "I can come", "no", required=True)
    visitor = visit(build(root, tick, why, EMAIL))
    html = visitor.open().content.decode()
    assert "Only if “I can come” is not ticked." in html
    assert "[&quot;off&quot;]" in html
    assert "Why not: Please" in visitor.send(**SAID).content.decode()
    assert visitor.send(**SAID, i_can_come="on").status_code == 302


def test_any_answer_decides_where_none_is_named(visit, root):
    page = build(root, field("Firm", "singleline"), only("Title", "Firm"), EMAIL)
    visitor = visit(page)
    assert "Only if “Firm” is filled in." in visitor.open().content.decode()
    visitor.send(**SAID, title="Buyer")
    assert names() == ["e_mail"]


def test_a_condition_of_a_condition_falls_with_it(visit, root):
    rows = [OCCASION, only("Hall", "Occasion", "Wedding"), only("Size", "Hall"), EMAIL]
    visitor = visit(build(root, *rows))
    visitor.send(**SAID, occasion="Meeting", hall="Rose", size="20")
    assert names() == ["occasion", "e_mail"]


def test_choices_of_an_attribute_decide_by_key_or_by_either_label(visit, root):
    taste = AttributeFactory(key="taste", type="multi_choice")
    taste.choices.create(key="fish", label="Fish", label_ja="魚")
    rows = [
        field("Taste", "mapped", "attribute.taste"),
        only("Which fish", "Taste", "fish"),
        EMAIL,
    ]
    visitor = visit(build(root, *rows))
    visitor.send(**SAID, taste=["fish"], which_fish="Saury")
    assert names() == ["taste", "which_fish", "e_mail"]


@pytest.mark.parametrize("decider", ["Nothing of the kind", "E-mail"])
def test_without_such_a_field_further_up_it_is_always_asked(visit, root, decider):
    visitor = visit(build(root, only("Why", decider, "yes", required=True), EMAIL))
    assert "Why: Please fill this in." in visitor.send(**SAID).content.decode()


def test_width_and_case_of_an_answer_do_not_matter(visit, root):
    rows = [field("Code", "singleline"), only("Name", "Code", "VIP"), EMAIL]
    visitor = visit(build(root, *rows))
    visitor.send(**SAID, code="ｖｉｐ", name="Hanako")
    assert "name" in names()
