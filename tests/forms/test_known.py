"""A fresh link that was sent to somebody, and what it does and does not open."""

import re

import pytest
from django.test import Client

from crm_plugin import signing
from crm_plugin.contacts.models import Contact
from crm_plugin.delivery import links
from crm_plugin.delivery.models import Delivery
from crm_plugin.forms import known_links
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
def fresh(hanako):
    """What a link says that was sent to her address on request."""
    return known_links.make(hanako.points.get(kind="email"))


@pytest.fixture
def theirs(visitor, fresh):
    """Hanako's own browser: she opened the fresh link and pressed its button."""
    visitor.open(f"?crm_for={fresh}")
    visitor.send(crm_for=fresh, crm_known="1")
    visitor.open(f"?crm_for={fresh}")
    return visitor


def link_in_mail():
    """The token of the link that was asked for, as it stands in the mail."""
    url = Delivery.objects.filter(kind="form_link").latest("pk").values["form_url"]
    return url.partition("?crm_for=")[2]


def shown(visitor):
    return visitor.shown.content.decode()


def test_the_link_alone_shows_nothing_of_the_record(visitor, token):
    answer = visitor.open(f"?crm_for={token}")
    html = answer.content.decode()
    for secret in (
        NAME,
        PHONE,
        "mail.example",
        "Buckwheat",
        'value="fish" selected',
    ):
        assert secret not in html
    assert "to the address our message went to" in html
    assert "Send me the link" in html
    assert "crm_visitor" not in visitor.client.cookies


def test_opening_it_changes_nothing(visitor, token):
    visitor.open(f"?crm_for={token}")
    visitor.client.head(f"{visitor.url}?crm_for={token}")
    assert not Submission.objects.exists()
    assert not Touchpoint.objects.exists()


def test_the_button_of_a_newsletters_link_only_sends_another_to_the_address(
    visitor, token, hanako
):
    """I4: whoever got the newsletter passed on has this page and this button."""
    visitor.open(f"?crm_for={token}")
    html = visitor.send(crm_for=token, crm_known="1").content.decode()
    assert "We have sent a link to the address our message went to." in html
    assert "mail.example" not in html
    assert PHONE not in html
    assert NAME not in html
    assert "crm_visitor" not in visitor.client.cookies
    sent = Delivery.objects.get(kind="form_link")
    assert (sent.address, sent.contact) == ("hanako@mail.example", hanako)
    assert PHONE not in visitor.open(f"?crm_for={token}").content.decode()


def test_the_link_in_that_mail_and_its_button_make_the_browser_hers(visitor, token):
    visitor.open(f"?crm_for={token}")
    visitor.send(crm_for=token, crm_known="1")
    fresh = link_in_mail()
    html = visitor.open(f"?crm_for={fresh}").content.decode()
    assert PHONE not in html
    assert "Yes, fill in what you know of me" in html
    html = visitor.send(crm_for=fresh, crm_known="1").content.decode()
    assert f'value="{PHONE}"' in html
    assert re.search(r'value="fish"[^>]* selected', html)
    assert "Not you?" in html
    assert not Submission.objects.exists()


def test_then_the_newsletters_link_opens_filled_in_there_and_nowhere_else(
    theirs, token
):
    assert PHONE in theirs.open(f"?crm_for={token}").content.decode()
    friend = Visitor(Client(), theirs.page, theirs.clock)
    assert PHONE not in friend.open(f"?crm_for={token}").content.decode()


def test_after_an_hour_the_link_of_that_mail_only_sends_another(visitor, fresh):
    visitor.open(f"?crm_for={fresh}")
    visitor.clock.shift(3601)
    html = visitor.send(crm_for=fresh, crm_known="1").content.decode()
    assert "We have sent a link" in html
    assert PHONE not in html
    assert "crm_visitor" not in visitor.client.cookies


def test_who_needs_longer_than_that_still_sends_it_as_hers(theirs, fresh, hanako):
    theirs.send(wait=2 * 3600, crm_for=fresh, phone="090-9999-0000")
    assert Submission.objects.get().verified_for == "hanako@mail.example"


def test_pressing_often_fills_no_mailbox_and_answers_alike(visitor, token):
    answers = set()
    for _hour in range(6):
        visitor.open(f"?crm_for={token}")
        html = visitor.send(wait=3600, crm_for=token, crm_known="1").content.decode()
        answers.add("We have sent a link" in html)
        visitor.send(crm_for=token, crm_known="1")
    assert answers == {True}
    assert Delivery.objects.filter(kind="form_link").count() == 3


def test_another_form_has_its_own_link_sent_at_once(visitor, visit, root, token):
    other = visit(build(root, *ROWS, slug="other"))
    for form in (visitor, other):
        form.open(f"?crm_for={token}")
        html = form.send(crm_for=token, crm_known="1").content.decode()
        assert "We have sent a link" in html
    sent = Delivery.objects.filter(kind="form_link").order_by("pk")
    urls = [row.values["form_url"] for row in sent]
    assert [visitor.url in urls[0], other.url in urls[1]] == [True, True]


def test_a_link_that_nearly_ends_is_sent_anew_and_none_twice(visitor, token):
    visitor.clock.move_to("2026-05-11T10:05:00+09:00")
    visitor.open(f"?crm_for={token}")
    for minutes, sent in ((0, 1), (9, 1), (44, 2)):
        visitor.clock.shift(minutes * 60)
        visitor.send(crm_for=token, crm_known="1", wait=0)
        assert Delivery.objects.filter(kind="form_link").count() == sent


def test_link_and_browser_stay_hers_under_a_new_key(theirs, fresh, settings):
    settings.SECRET_KEY, old = "new-key", settings.SECRET_KEY
    settings.SECRET_KEY_FALLBACKS = [old]
    assert PHONE in theirs.open(f"?crm_for={fresh}").content.decode()
    theirs.send(crm_for=fresh, phone="090-9999-0000")
    assert Submission.objects.get().verified_for == "hanako@mail.example"


@pytest.mark.parametrize("corrected", [True, False])
def test_a_link_to_an_address_that_is_hers_no_more_is_nobodys(
    visitor, fresh, hanako, corrected
):
    point = hanako.points.get(kind="email")
    if corrected:
        point.value = point.value_norm = "hanae@mail.example"
        point.save()
    else:
        point.delete()
    html = visitor.open(f"?crm_for={fresh}").content.decode()
    assert "too old" in html
    visitor.send(crm_for=fresh, crm_known="1")
    assert "crm_visitor" not in visitor.client.cookies


def test_what_is_known_and_may_be_left_out_is_not_asked(theirs):
    html = shown(theirs)
    assert 'name="family_name"' not in html
    assert 'name="e_mail"' not in html
    assert 'name="phone"' in html


def test_nothing_sensitive_is_filled_in(theirs):
    assert 'name="allergies"' in shown(theirs)
    assert "Buckwheat" not in shown(theirs)


@pytest.mark.parametrize("way", ["token", "fresh"])
def test_what_was_typed_before_the_button_is_kept(visitor, way, request):
    token = request.getfixturevalue(way)
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


@pytest.mark.parametrize("way", ["token", "fresh"])
def test_an_erased_or_archived_contact_is_nobody(visitor, way, hanako, request):
    token = request.getfixturevalue(way)
    hanako.archived_at = hanako.created_at
    hanako.save()
    assert "too old" in visitor.open(f"?crm_for={token}").content.decode()
    hanako.delete()
    assert "too old" in visitor.open(f"?crm_for={token}").content.decode()


def test_an_error_keeps_her_known(theirs, token):
    html = theirs.send(crm_for=token, phone="x").content.decode()
    assert "not a phone number" in html
    assert 'name="e_mail"' not in html


def test_a_field_that_decides_is_asked_although_it_is_known(root, visit, fresh):
    rows = [
        {**ROWS[3], "leave_out": True},
        field("Which fish", "singleline", only_if="Taste", only_if_value="fish"),
    ]
    visitor = visit(build(root, *rows, slug="other"))
    visitor.open(f"?crm_for={fresh}")
    html = visitor.send(crm_for=fresh, crm_known="1").content.decode()
    assert 'name="taste"' in html
    assert "We have filled in" in html


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

    def test_in_her_own_browser_the_words_are_hers_too(self, visitor, token, fresh):
        visitor.open(f"?crm_for={fresh}")
        visitor.send(crm_for=fresh, crm_known="1")
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
