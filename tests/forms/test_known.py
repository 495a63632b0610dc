"""A fresh link that was sent to somebody, and what it does and does not open."""

import re

import pytest
from django.test import Client

from crm_plugin import signing
from crm_plugin.contacts.models import Contact
from crm_plugin.delivery import links
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake.models import Claim, Submission
from crm_plugin.touchpoints.models import Rating, Touchpoint
from tests.factories import AttributeFactory, DeliveryFactory, taste

from .building import build, field
from .conftest import Visitor

pytestmark = pytest.mark.django_db
ROWS = [
    field("Family name", "singleline", "contact.family_name", leave_out=True),
    field("E-mail", "email", "point.email", required=True, leave_out=True),
    field("Phone", "phone", "point.phone"),
    field("Taste", "mapped", "attribute.taste"),
    field("Allergies", "mapped", "attribute.allergies"),
    field("Message", "multiline", "message"),
]
NAME, PHONE = "佐藤", "090-1234-5678"


@pytest.fixture
def hanako(contact):
    contact.family_name = NAME
    contact.save()
    contact.points.filter(kind="phone").update(value=PHONE)
    taste(contact, "fish")
    AttributeFactory(key="allergies", type="text", sensitive=True)
    contact.values.create(
        definition=AttributeFactory._meta.model.objects.get(key="allergies"),
        text="Buckwheat",
    )
    return contact


@pytest.fixture
def page(root, hanako):
    return build(root, *ROWS)


@pytest.fixture
def delivery(hanako):
    point = hanako.points.get(kind="email")
    return DeliveryFactory(
        contact=hanako,
        point=point,
        address=point.value,
        address_norm=point.value_norm,
        state="sent",
    )


@pytest.fixture
def token(delivery):
    return signing.make(links.FORM, delivery.public_id.hex)


@pytest.fixture
def visitor(visit, page):
    return visit(page)


@pytest.fixture
def theirs(visitor, token):
    """Hanako's own browser: she followed the link and pressed the button."""
    visitor.open(f"?crm_for={token}")
    visitor.send(crm_for=token, crm_known="1")
    visitor.open(f"?crm_for={token}")
    return visitor


def shown(visitor):
    return visitor.shown.content.decode()


def test_the_link_alone_shows_nothing_of_the_record(visitor, token):
    answer = visitor.open(f"?crm_for={token}")
    html = answer.content.decode()
    for secret in (
        NAME,
        PHONE,
        "hanako@mail.example",
        "Buckwheat",
        'value="fish" selected',
    ):
        assert secret not in html
    assert "h…@mail.example" in html
    assert "Yes, fill in what you know of me" in html
    assert "crm_visitor" not in visitor.client.cookies


def test_opening_it_changes_nothing(visitor, token):
    visitor.open(f"?crm_for={token}")
    visitor.client.head(f"{visitor.url}?crm_for={token}")
    assert not Submission.objects.exists()
    assert not Touchpoint.objects.exists()


def test_the_button_fills_in_what_is_known(visitor, token):
    visitor.open(f"?crm_for={token}")
    html = visitor.send(crm_for=token, crm_known="1").content.decode()
    assert f'value="{PHONE}"' in html
    assert re.search(r'value="fish"[^>]* selected', html)
    assert "Not you?" in html
    assert not Submission.objects.exists()


def test_what_is_known_and_may_be_left_out_is_not_asked(theirs):
    html = shown(theirs)
    assert 'name="family_name"' not in html
    assert 'name="e_mail"' not in html
    assert 'name="phone"' in html


def test_nothing_sensitive_is_filled_in(theirs):
    assert 'name="allergies"' in shown(theirs)
    assert "Buckwheat" not in shown(theirs)


def test_what_was_typed_before_the_button_is_kept(visitor, token):
    visitor.open(f"?crm_for={token}")
    said = {"message": "A table, please.", "phone": "0166-00-0000"}
    html = visitor.send(crm_for=token, crm_known="1", **said).content.decode()
    assert "A table, please." in html
    assert 'value="0166-00-0000"' in html


def test_what_she_sends_is_hers_without_typing_her_address(theirs, token, hanako):
    theirs.send(crm_for=token, phone="090-9999-0000", message="Hello")
    row = Submission.objects.get()
    assert (row.contact, row.verified_for) == (hanako, "hanako@mail.example")
    assert not Claim.objects.exists()
    assert hanako.points.filter(value="090-9999-0000").exists()
    assert Delivery.objects.get(kind="acknowledgement").address_norm == row.email_norm


def test_it_is_kept_by_no_cache(theirs, visitor, token):
    assert theirs.shown["Cache-Control"] == "private, no-store"
    stranger = Visitor(Client(), visitor.page, visitor.clock)
    answer = stranger.open(f"?crm_for={token}")
    assert "private" in answer["Cache-Control"]
    assert "Cookie" in answer["Vary"]


def test_without_the_link_her_browser_gets_the_plain_form(theirs):
    html = theirs.open().content.decode()
    assert PHONE not in html
    assert 'name="e_mail"' in html
    assert theirs.shown["Cache-Control"] == "private, no-cache"


def test_a_friend_with_the_forwarded_link_sees_and_changes_nothing(
    theirs, token, hanako
):
    friend = Visitor(Client(), theirs.page, theirs.clock)
    friend.open(f"?crm_for={token}")
    assert NAME not in shown(friend)
    friend.send(crm_for=token, family_name="悪", e_mail="", phone="000-0000-0000")
    hanako.refresh_from_db()
    assert hanako.family_name == NAME
    assert not hanako.points.filter(value="000-0000-0000").exists()


def test_a_friend_who_types_another_address_is_somebody_else(visitor, token, hanako):
    visitor.open(f"?crm_for={token}")
    visitor.send(crm_for=token, e_mail="friend@mail.example", family_name="友")
    assert Submission.objects.get().contact != hanako
    assert Contact.objects.count() == 2


def test_a_browser_verified_for_somebody_else_sees_nothing(theirs, delivery, token):
    other = DeliveryFactory(state="sent")
    foreign = signing.make(links.FORM, other.public_id.hex)
    html = theirs.open(f"?crm_for={foreign}").content.decode()
    assert NAME not in html
    assert other.contact.family_name not in html


@pytest.mark.parametrize("wrong", ["x", "a.b.c", "{token}x"])
def test_an_altered_link_opens_the_form_as_it_is(visitor, token, wrong):
    html = visitor.open(f"?crm_for={wrong.format(token=token)}").content.decode()
    assert "too old" in html
    assert 'name="e_mail"' in html


def test_a_click_token_is_no_link_to_a_form(visitor, delivery):
    click = signing.make(links.CLICK, delivery.public_id.hex)
    assert "too old" in visitor.open(f"?crm_for={click}").content.decode()


def test_an_old_link_and_an_old_message_open_nothing(theirs, token, delivery):
    theirs.clock.shift(25 * 3600)
    assert "too old" in theirs.open(f"?crm_for={token}").content.decode()
    theirs.clock.shift(30 * 24 * 3600)
    fresh = signing.make(links.FORM, delivery.public_id.hex)
    html = theirs.open(f"?crm_for={fresh}").content.decode()
    assert "too old" in html
    assert PHONE not in html


def test_an_erased_or_archived_contact_is_nobody(visitor, token, hanako):
    hanako.archived_at = hanako.created_at
    hanako.save()
    assert "too old" in visitor.open(f"?crm_for={token}").content.decode()
    hanako.delete()
    assert "too old" in visitor.open(f"?crm_for={token}").content.decode()


def test_an_error_keeps_her_known(theirs, token):
    html = theirs.send(crm_for=token, phone="x").content.decode()
    assert "not a phone number" in html
    assert 'name="e_mail"' not in html


def test_a_field_that_decides_is_asked_although_it_is_known(root, visit, token):
    rows = [
        {**ROWS[3], "leave_out": True},
        field("Which fish", "singleline", only_if="Taste", only_if_value="fish"),
    ]
    visitor = visit(build(root, *rows, slug="other"))
    visitor.open(f"?crm_for={token}")
    html = visitor.send(crm_for=token, crm_known="1").content.decode()
    assert 'name="taste"' in html


class TestScoreFromAMail:
    @pytest.fixture
    def visitor(self, visit, root, hanako):
        row = field("Recommend", "nps", required=True)
        words = field("Why", "multiline", "message")
        return visit(build(root, row, words, kind="feedback", slug="how"))

    def test_one_button_sends_the_chosen_score_as_hers(self, visitor, token, hanako):
        html = visitor.open(f"?score=9&crm_for={token}").content.decode()
        assert 'value="9" id="id_recommend_9" checked' in html
        assert not Rating.objects.exists()
        visitor.send(crm_for=token, recommend="9")
        rating = Rating.objects.get()
        assert (rating.contact, rating.score, rating.unverified) == (hanako, 9, False)

    def test_the_number_counts_and_the_words_stay_unverified(self, visitor, token):
        """Whoever got the mail passed on may have pressed the button."""
        visitor.open(f"?score=9&crm_for={token}")
        visitor.send(crm_for=token, recommend="9", why="Always good.")
        touchpoint = Touchpoint.objects.get()
        assert (touchpoint.body, touchpoint.unverified) == ("Always good.", True)
        assert not Rating.objects.get().unverified

    def test_in_her_own_browser_the_words_are_hers_too(self, visitor, token):
        visitor.open(f"?score=9&crm_for={token}")
        visitor.send(crm_for=token, crm_known="1")
        visitor.open(f"?score=9&crm_for={token}")
        visitor.send(crm_for=token, recommend="9", why="Always good.")
        assert not Touchpoint.objects.get().unverified
        assert not Rating.objects.get().unverified

    def test_no_mail_answers_a_tap(self, visitor, token, delivery):
        visitor.open(f"?score=9&crm_for={token}")
        visitor.send(crm_for=token, recommend="9")
        assert Delivery.objects.get() == delivery

    def test_a_low_one_with_words_can_be_answered(self, visitor, token):
        visitor.open(f"?score=2&crm_for={token}")
        visitor.send(crm_for=token, recommend="2", why="Too loud.")
        assert Touchpoint.objects.get().inquiry.reply_to == "hanako@mail.example"
