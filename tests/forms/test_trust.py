"""Who typed an address is nobody yet: rows I1 to I13 of the list of what must not happen.

I6 and I9 (caches, bursts) and I11 (the last place) stand with their rooms.
"""

import datetime as dt
import statistics
import time
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm_plugin import signing
from crm_plugin.consents import ledger, preferences
from crm_plugin.contacts.merge import merge_contacts
from crm_plugin.contacts.merge.preview import better_survivor
from crm_plugin.delivery import bounces, headers, links
from crm_plugin.models import (
    Claim,
    Confirmation,
    Consent,
    ConsentEvent,
    Contact,
    ContactPoint,
    ContactValue,
    Delivery,
    Inquiry,
    Preference,
    Rating,
    Submission,
    Suppression,
    Touchpoint,
)
from crm_plugin.personalisation import visitor as visitors
from tests import factories
from tests.personalisation import site

from .building import build, field
from .conftest import InquiryFormField
from .test_booking import TARO
from .test_equal_answers import ROWS, SAID

pytestmark = pytest.mark.django_db
VICTIM = "hanako@mail.example"


@pytest.fixture
def victim(contact):
    """A confirmed contact with a preference, a taste, a secret and a granted topic."""
    topic = factories.TopicFactory()
    ledger.confirm(contact.points.get(kind="email"), topic, wording=_words())
    preferences.choose(contact, channel="post", frequency="monthly")
    factories.taste(contact, "wagashi")
    contact.note = "Knows the owner"
    contact.save()
    return contact


def _words():
    return ledger.wording_for("Yes.", "en")


def everything_of(contact):
    """All that stands on a record, whoever changed it."""
    mine = {"contact": contact}
    return [
        Contact.objects.values().get(pk=contact.pk),
        list(ContactPoint.objects.filter(**mine).order_by("id").values()),
        list(ContactValue.objects.filter(owner=contact).order_by("id").values()),
        list(Preference.objects.filter(**mine).values()),
        list(Consent.objects.filter(point__contact=contact).order_by("id").values()),
    ]


@pytest.fixture
def taste_page(inquiry_page, victim):
    """The inquiry form with a tag (an attribute) on it."""
    fields = {"Taste": ("mapped", "attribute.taste", False)}
    for order, (label, (kind, maps_to, required)) in enumerate(fields.items(), 50):
        InquiryFormField.objects.create(
            page=inquiry_page,
            sort_order=order,
            label=label,
            field_type=kind,
            maps_to=maps_to,
            required=required,
        )
    definition = victim.values.get().definition
    definition.choices.create(key="gyoza", label="Gyoza")
    inquiry_page.save_revision().publish()
    return inquiry_page


def attack(visitor, number):
    """One post with her address and everything else of the attacker's."""
    return visitor.send(
        wait=3,
        family_name=f"悪{number}",
        given_name="太郎",
        family_name_kana="アク",
        e_mail=VICTIM,
        phone=f"090-9999-{number:04}",
        heard_of_us="introduction",
        preferred="line",
        taste="gyoza",
        message=f"Change my number {number}",
        crm_consent="on",
    )


def no_limits(settings):
    """Whoever sends a hundred forms at once is held back; here each is let in."""
    for name in ("POSTS", "BROWSER", "ADDRESS"):
        setattr(settings, f"CRM_RATE_LIMIT_{name}", 10_000)


@pytest.mark.slow
@pytest.mark.parametrize("capture", ["worker", "request"])
def test_i1_a_hundred_posts_with_her_address_change_nothing_of_hers(
    visit, taste_page, victim, settings, capture, client, owner
):
    no_limits(settings)
    settings.CRM_CAPTURE = capture
    before = everything_of(victim)
    visitor = visit(taste_page)
    for number in range(100):
        visitor.open()
        assert attack(visitor, number).status_code == 302
    assert everything_of(victim) == before
    assert Contact.objects.count() == 1
    assert Touchpoint.objects.filter(unverified=True).count() == 100
    assert set(Claim.objects.values_list("state", flat=True)) == {"waiting"}
    assert {"attribute.taste", "preference.channel", "contact.family_name"} <= set(
        Claim.objects.values_list("field", flat=True)
    )
    assert Confirmation.objects.count() == 1
    assert not Suppression.objects.exists()
    client.force_login(owner)
    shown = client.get(Inquiry.objects.first().get_admin_url()).content.decode()
    assert "unverified" in shown
    assert "Changes waiting for confirmation" in shown


@pytest.fixture
def personalised(settings):
    """A page that shows something else to a segment; what a browser sees of it."""

    def look(browser, segment):
        site.values["/home/"] = [
            site.personal(([segment], [], "for members"), default="for everybody")
        ]
        with_site = "tests.personalisation.site"
        before, settings.ROOT_URLCONF = settings.ROOT_URLCONF, with_site
        try:
            return browser.get("/home/").content.decode()
        finally:
            settings.ROOT_URLCONF = before

    return look


def secrets_of(contact):
    return [
        contact.family_name,
        "花子",
        "サトウ",
        "hanako",
        VICTIM.partition("@")[2],
        "901234",
        "Knows the owner",
    ]


def test_i2_whoever_posts_her_address_sees_nothing_of_hers(
    visit, inquiry_page, victim, personalised
):
    segment = factories.SegmentFactory(live=True)
    factories.MembershipFactory(segment=segment, contact=victim)
    visitor = visit(inquiry_page)
    said = {"family_name": "悪", "message": "Who am I?"}
    sent = visitor.send(**said, e_mail="Hanako@mail.example")
    browser = visitor.client
    seen = [
        browser.get(sent.url).content.decode(),
        browser.get(visitor.url).content.decode(),
        browser.get(reverse("crm:forget")).content.decode(),
        personalised(browser, segment),
    ]
    for html in seen:
        for secret in secrets_of(victim):
            assert secret not in unescape(html)
    assert "for everybody" in seen[-1]
    assert visitors.COOKIE not in browser.cookies


class TestI3TheOldestConfirmedIdStays:
    def test_i3_a_new_browser_makes_no_new_id(self, visit, inquiry_page, victim):
        for _browser in range(2):
            visit(inquiry_page).send(family_name="佐藤", e_mail=VICTIM, message="Hi")
        assert Contact.objects.get().pk == victim.pk

    def test_i3_confirmed_before_provisional_then_the_older(self, victim):
        newer = factories.ContactFactory()
        provisional = factories.ContactFactory(confirmed_at=None)
        Contact.objects.filter(pk=provisional.pk).update(
            created_at=victim.created_at - dt.timedelta(days=9)
        )
        provisional.refresh_from_db()
        assert better_survivor(newer, victim) == (victim, newer)
        assert better_survivor(provisional, newer) == (newer, provisional)

    def test_i3_old_ids_lead_on_for_ever(self, victim, client, owner):
        """Record, preference link and cookie, over a chain of merges."""
        first, second = factories.ContactFactory(), factories.ContactFactory()
        point = factories.PointFactory(contact=first)
        link = reverse("crm:preferences", args=[preferences.link_token(point)])
        old = [first.pk, second.pk]
        cookie = signing.make(visitors.PURPOSE, first.public_id, t=0)
        merge_contacts(second, first, by=None)
        merge_contacts(victim, second, by=None)
        assert client.get(link).status_code == 200
        client.cookies[visitors.COOKIE] = cookie
        client.force_login(owner)
        for pk in old:
            answer = client.get(reverse("crm_contact:inspect", args=[pk]))
            assert answer["Location"] == victim.get_admin_url()
        seen = visitors.Visitor({"id": str(first.public_id)})
        assert seen.contact_id == victim.pk


@pytest.fixture
def letter(victim):
    """A newsletter to her, with a link in it."""
    delivery = factories.DeliveryFactory(
        contact=victim,
        point=victim.points.get(kind="email"),
        agreed=False,
        state="sent",
        sent_at=timezone.now() - dt.timedelta(hours=1),
        handed_at=timezone.now() - dt.timedelta(hours=1),
    )
    delivery.rendering.links.create(position=0, url="https://hinata.example/")
    return delivery


def test_i4_a_forwarded_letter_makes_a_friend_nobody_else(
    visit, inquiry_page, victim, letter, personalised
):
    """Segment-level content of open segments at most; nothing is applied or verified."""
    open_one = factories.SegmentFactory(live=True)
    secret = factories.SegmentFactory(live=True, private=True)
    for segment in (open_one, secret):
        factories.MembershipFactory(segment=segment, contact=victim)
    friend = visit(inquiry_page)
    token = signing.make(links.CLICK, letter.public_id.hex)
    friend.client.get(
        reverse("crm:click", args=[token, 0]), headers={"user-agent": "Mozilla/5.0"}
    )
    assert visitors.COOKIE in friend.client.cookies
    assert "for members" in personalised(friend.client, open_one)
    assert "for everybody" in personalised(friend.client, secret)
    html = friend.open().content.decode()
    before = everything_of(victim)
    said = {"family_name": "友", "e_mail": VICTIM, "message": "It is me"}
    thanks = friend.client.get(friend.send(**said, crm_consent="on").url)
    for shown in (html, thanks.content.decode()):
        for hidden in secrets_of(victim):
            assert hidden not in unescape(shown)
    assert everything_of(victim) == before
    assert Claim.objects.filter(state="waiting").exists()
    assert Submission.objects.get().verified_for == ""
    known = visitors.Visitor(
        signing.read(visitors.PURPOSE, friend.client.cookies[visitors.COOKIE].value)
    )
    assert not known.verified


def test_i4_a_forwarded_score_mail_lends_a_friend_no_words_of_hers(
    visit, root, victim, letter
):
    """The number counts, as the mail asks for it; what the friend writes is nobody's."""
    rows = [
        field("Recommend", "nps", required=True),
        field("Why", "multiline", "message"),
        field("Phone", "phone", "point.phone"),
    ]
    friend = visit(build(root, *rows, kind="feedback", slug="how"))
    token = signing.make(links.FORM, letter.public_id.hex)
    html = friend.open(f"?score=9&crm_for={token}").content.decode()
    for hidden in secrets_of(victim):
        assert hidden not in unescape(html)
    before = everything_of(victim)
    said = {"recommend": "9", "why": "Bad words.", "phone": "090-0000-0000"}
    friend.send(crm_for=token, **said)
    assert everything_of(victim) == before
    touchpoint = Touchpoint.objects.get(kind="feedback")
    assert (touchpoint.contact, touchpoint.unverified) == (victim, True)
    assert visitors.COOKIE not in friend.client.cookies
    rating = Rating.objects.get()
    assert (rating.contact, rating.score, rating.unverified) == (victim, 9, False)


def test_i4_a_friend_who_presses_every_button_of_a_forwarded_form_learns_nothing(
    visit, inquiry_page, victim, letter
):
    """The press sends the second proof to her; the friend has only the first."""
    friend = visit(inquiry_page)
    token = signing.make(links.FORM, letter.public_id.hex)
    friend.open(f"?crm_for={token}")
    pressed = friend.send(crm_for=token, crm_known="1").content.decode()
    again = friend.open(f"?crm_for={token}").content.decode()
    for html in (pressed, again):
        for hidden in secrets_of(victim):
            assert hidden not in unescape(html)
    assert visitors.COOKIE not in friend.client.cookies
    sent = Delivery.objects.get(kind="form_link")
    assert (sent.address_norm, sent.contact) == (VICTIM, victim)
    url = sent.values["form_url"]
    assert url.startswith(f"http://localhost{inquiry_page.url}?crm_for=")
    assert signing.address_hash("email", VICTIM) not in url
    assert VICTIM not in url


def test_i4_only_the_press_behind_a_fresh_mailed_token_verifies(
    visit, sign_up_page, client
):
    visit(sign_up_page).send(e_mail=VICTIM)
    confirmation = Confirmation.objects.get()
    address = reverse(
        "crm:confirm", args=[signing.make("confirm", confirmation.public_id)]
    )
    assert not ContactPoint.objects.get().verified_at
    for wrong in ("unsub", "preferences", "browser", "thanks"):
        token = signing.make(wrong, confirmation.public_id)
        client.post(reverse("crm:confirm", args=[token]))
        assert not ContactPoint.objects.get().verified_at
    client.post(address)
    assert ContactPoint.objects.get().verified_at


def test_i4_a_second_press_opens_no_preferences_to_a_friend(visit, sign_up_page):
    visit(sign_up_page).send(e_mail=VICTIM)
    token = signing.make("confirm", Confirmation.objects.get().public_id)
    address = reverse("crm:confirm", args=[token])
    assert "/crm/preferences/" in Client().post(address).content.decode()
    friend = Client()
    assert "/crm/preferences/" not in friend.post(address).content.decode()
    assert visitors.COOKIE not in friend.cookies


def answers_of(visitor, *, known, unknown, rounds):
    """Post alternately with her address and with new ones; times, statuses, bodies."""
    times = {"known": [], "unknown": []}
    seen = {"known": set(), "unknown": set()}
    for number in range(rounds):
        who = ("known", "unknown")[number % 2]
        address = known if who == "known" else unknown.format(number)
        visitor.open()
        visitor.clock.shift(5)
        said = {
            "family_name": f"田中{number}",
            "e_mail": address,
            "phone": f"090-5555-{number:04}",
            "message": f"Hello {number}",
            "crm_stamp": visitor.stamp,
        }
        began = time.perf_counter()
        sent = visitor.client.post(visitor.url, said)
        times[who].append(time.perf_counter() - began)
        page = visitor.client.get(sent.url).content.decode()
        reference = Submission.objects.latest("id").reference
        seen[who].add((sent.status_code, page.replace(reference, "R")))
    return times, seen


@pytest.mark.slow
@pytest.mark.parametrize("capture", ["worker", "request"])
def test_i5_nothing_tells_whether_an_address_is_known(
    visit, inquiry_page, victim, settings, capture, record_property
):
    """200 posts: same status, same words, medians less than 20 ms apart."""
    settings.CRM_CAPTURE = capture
    no_limits(settings)
    visitor = visit(inquiry_page)
    answers_of(visitor, known=VICTIM, unknown="warm{}@mail.example", rounds=6)
    times, seen = answers_of(
        visitor, known=VICTIM, unknown="guest{}@mail.example", rounds=200
    )
    assert seen["known"] == seen["unknown"]
    assert len(seen["known"]) == 1
    known, unknown = (statistics.median(times[who]) for who in ("known", "unknown"))
    record_property("medians_ms", (round(known * 1000, 1), round(unknown * 1000, 1)))
    assert abs(known - unknown) < 0.02, f"{known:.4f} s known, {unknown:.4f} s unknown"


EXTRA = {
    "is_staff": "1",
    "owner": "1",
    "score": "999",
    "consent_at": "2020-01-01",
    "confirmed_at": "2020-01-01",
    "contact_id": "1",
    "contact": "1",
    "segment": "vip-secret",
    "state": "processed",
    "spam_reason": "none",
    "verified_for": "vip-secret@mail.example",
    "points-0-value": "vip-secret@mail.example",
    "maps_to": "contact.note",
    "note": "vip-secret",
}


@pytest.mark.parametrize("kind", ROWS)
def test_i7_fields_that_no_editor_made_are_stored_nowhere(
    visit, root, topic, kind, dinner, victim
):
    asked = {"consent_topic": topic, "consent_wording": "Yes, please."}
    page = build(root, *ROWS[kind], kind=kind, **asked)
    said = dict(TARO, crm_service=dinner.key) if kind == "booking" else {}
    plain = {name: SAID[name] for name in ("family_name", "message", "firm", "stars")}
    visit(page).send(**plain | said | {"e_mail": "new@mail.example"}, **EXTRA)
    made = Contact.objects.exclude(pk=victim.pk).get()
    assert made.provisional
    assert (made.owner, made.note) == (None, "")
    stored = str(list(Submission.objects.values()) + list(Contact.objects.values()))
    assert "vip-secret" not in stored
    assert "999" not in str(Submission.objects.get().answers)
    assert Submission.objects.get().verified_for == ""


def test_i7_neither_do_the_pages_behind_links_take_more(client, victim):
    point = victim.points.get(kind="email")
    before = Contact.objects.values().get(pk=victim.pk)
    url = reverse("crm:preferences", args=[preferences.link_token(point)])
    client.post(url, {"topic": ["newsletter"], **EXTRA})
    assert Contact.objects.values().get(pk=victim.pk) == before


class TestI8WhatIsHiddenCannotBeGuessed:
    def test_i8_a_topic_that_is_not_offered_is_not_subscribed_to(self, client, victim):
        hidden = factories.TopicFactory(key="board-members", active=False)
        point = victim.points.get(kind="email")
        url = reverse("crm:preferences", args=[preferences.link_token(point)])
        for guess in (hidden.key, str(hidden.pk), "*"):
            client.post(url, {"topic": ["newsletter", guess]})
        assert not Consent.objects.filter(topic=hidden).exists()

    def test_i8_nor_by_a_form(self, visit, inquiry_page):
        hidden = factories.TopicFactory(key="board-members", active=False)
        said = {"e_mail": "new@mail.example", "family_name": "田", "message": "Hi"}
        visit(inquiry_page).send(
            **said, topic=hidden.key, consent_topic=str(hidden.pk), crm_topic=hidden.pk
        )
        assert not ConsentEvent.objects.exists()

    def test_i8_a_page_that_is_not_public_takes_nothing(self, visit, inquiry_page):
        visitor = visit(inquiry_page)
        visitor.open()
        inquiry_page.unpublish()
        said = {"e_mail": "new@mail.example", "family_name": "田", "message": "Hi"}
        assert visitor.send(**said).status_code == 410
        assert not Submission.objects.exists()

    @pytest.mark.parametrize("route", ["confirm", "preferences", "unsubscribe", "view"])
    def test_i8_a_public_id_alone_opens_nothing(self, client, letter, route):
        for guess in (letter.public_id, letter.contact.public_id, letter.pk):
            for verb in (client.get, client.post):
                answer = verb(reverse(f"crm:{route}", args=[guess]))
                assert answer.status_code in (400, 404, 405)


# Shapes that Japanese carriers and providers gave out, or give out today.
ADDRESSES = [
    "hanako@docomo.ne.jp",
    "hana..ko@docomo.ne.jp",
    "hanako.@docomo.ne.jp",
    ".hanako@docomo.ne.jp",
    "hana...ko@docomo.ne.jp",
    "hana-ko.@docomo.ne.jp",
    "-hanako@docomo.ne.jp",
    "hanako-@docomo.ne.jp",
    "hana_ko..1@docomo.ne.jp",
    "_hanako_@docomo.ne.jp",
    "0901234567@docomo.ne.jp",
    "h@docomo.ne.jp",
    "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5@docomo.ne.jp",
    "hana.ko..@ezweb.ne.jp",
    "hana..ko@ezweb.ne.jp",
    "hanako.@ezweb.ne.jp",
    "hanako@ezweb.ne.jp",
    "hana-ko_1@au.com",
    "hanako@biz.au.com",
    "hanako..@softbank.ne.jp",
    "hanako@softbank.ne.jp",
    "hanako@i.softbank.jp",
    "hanako@t.vodafone.ne.jp",
    "hana.ko.@d.vodafone.ne.jp",
    "hanako@disney.ne.jp",
    "hanako@willcom.com",
    "hanako@pdx.ne.jp",
    "hanako@emnet.ne.jp",
    "hanako@ymobile.ne.jp",
    "hanako@rakumail.jp",
    "hanako@uqmobile.jp",
    "hanako+news@gmail.com",
    "hana.ko@gmail.com",
    "hanako@yahoo.co.jp",
    "Hanako.Sato@ymail.ne.jp",
    "hanako@nifty.com",
    "hanako@asahi-net.or.jp",
    "ｈａｎａｋｏ@docomo.ne.jp",
    "hanako＠docomo。ne。jp",
    '"hana..ko"@docomo.ne.jp',
    "hanako@日本語.jp",
    "hanako@sub.city.asahikawa.hokkaido.jp",
]


def test_i12_no_japanese_address_is_refused(visit, inquiry_page, settings):
    """40 real shapes: 0 lost inquiries, each can be written on an envelope."""
    assert len(ADDRESSES) >= 40
    no_limits(settings)
    visitor = visit(inquiry_page)
    for number, address in enumerate(ADDRESSES):
        visitor.open()
        said = {"family_name": "佐藤", "e_mail": address, "message": f"No. {number}"}
        sent = visitor.send(**said)
        assert sent.status_code == 302, address
    assert Inquiry.objects.count() == len(ADDRESSES)
    assert not Inquiry.objects.filter(reply_to="").exists()
    assert not Submission.objects.exclude(state="processed").exists()
    for mail in Delivery.objects.all():
        assert headers.address(mail.address)


def test_i12_one_that_cannot_be_reached_is_flagged_not_refused(visit, inquiry_page):
    visitor = visit(inquiry_page)
    said = {"family_name": "佐藤", "e_mail": "hana..ko@docomo.ne.jp", "message": "Hi"}
    visitor.send(**said)
    bounces.bounced(Delivery.objects.get())
    assert ContactPoint.objects.get().undeliverable_at
    visitor.open()
    assert visitor.send(**said | {"message": "Again"}).status_code == 302
    assert Inquiry.objects.count() == 2


def forwarded(visitor, header):
    visitor.open()
    visitor.clock.shift(5)
    said = {"family_name": "佐藤", "e_mail": VICTIM, "message": "Hi"}
    visitor.client.post(
        visitor.url,
        said | {"crm_stamp": visitor.stamp},
        headers={"x-forwarded-for": header},
    )
    return Submission.objects.latest("id").ip_truncated


@pytest.mark.parametrize(
    ("proxies", "header", "network"),
    [
        (0, "203.0.113.9", "127.0.0.0/24"),
        (0, "203.0.113.9, 198.51.100.7", "127.0.0.0/24"),
        (1, "203.0.113.9", "203.0.113.0/24"),
        (1, "1.2.3.4, 203.0.113.9", "203.0.113.0/24"),
        (2, "1.2.3.4, 203.0.113.9, 198.51.100.7", "203.0.113.0/24"),
        (2, "203.0.113.9", "127.0.0.0/24"),
        (1, "not an address", "127.0.0.0/24"),
        (1, "", "127.0.0.0/24"),
    ],
)
def test_i13_a_forwarded_address_is_believed_only_from_trusted_proxies(
    visit, inquiry_page, settings, proxies, header, network
):
    settings.CRM_TRUSTED_PROXIES = proxies
    assert forwarded(visit(inquiry_page), header) == network


@pytest.mark.parametrize("page", ["ask_preferences", "confirm"])
def test_i13_neither_by_the_pages_behind_links(
    client, settings, visit, sign_up_page, page
):
    """A forged header changes neither the limit nor what the ledger keeps."""
    settings.CRM_RATE_LIMIT_POSTS = 2
    if page == "ask_preferences":
        url = reverse("crm:ask_preferences")
        answers = [
            client.post(
                url,
                {"email": f"a{n}@mail.example"},
                headers={"x-forwarded-for": f"203.0.{n}.9"},
            )
            for n in range(4)
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        return
    visit(sign_up_page).send(e_mail=VICTIM)
    token = signing.make("confirm", Confirmation.objects.get().public_id)
    url = reverse("crm:confirm", args=[token])
    client.post(url, headers={"x-forwarded-for": "203.0.113.9"})
    assert ConsentEvent.objects.get(action="confirm").ip_truncated == "127.0.0.0/24"
