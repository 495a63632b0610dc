"""Row I-13: pages for members of a segment, and for nobody else, not even by habit."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from wagtail.contrib.sitemaps import Sitemap
from wagtail.models import Page, PageLogEntry, PageViewRestriction

from crm_plugin import queue, signing
from crm_plugin.delivery.models import Delivery
from crm_plugin.journal import Change
from crm_plugin.personalisation import member_links, members, visitor
from crm_plugin.personalisation.models import MemberView, PageLinkRequest
from crm_plugin.segments.models import SegmentMembership
from crm_plugin.segments.places import places
from crm_plugin.testing import directives
from example import search
from tests.factories import (
    ContactFactory,
    MembershipFactory,
    PointFactory,
    SegmentFactory,
    SenderFactory,
)
from tests.site_tree import plant

pytestmark = pytest.mark.django_db
SECRET = "Pickles by the house"


@pytest.fixture
def regulars(db):
    return SegmentFactory(key="regulars", live=True)


@pytest.fixture
def rivals(db):
    return SegmentFactory(key="rivals", live=True)


@pytest.fixture
def pages(db):
    found = plant()
    lunch = found["lunch"]
    lunch.intro = SECRET
    lunch.save()
    return found


@pytest.fixture
def rule(pages, regulars, rivals):
    """The menu, with lunch and dinner below it, is for regulars and not for rivals."""
    return members.protect(
        pages["menu"], segments=[regulars], excluded=[rivals], by=None
    )


@pytest.fixture
def member(contact, regulars):
    MembershipFactory(segment=regulars, contact=contact)
    return contact


def browser(contact, *, verified=True):
    client, response = Client(), HttpResponse()
    if verified:
        visitor.verify(response, contact, "hanako@mail.example")
    else:
        visitor.recognise(response, contact)
    client.cookies.update(response.cookies)
    return client


def refused(client, page):
    answer = client.get(page.url)
    assert SECRET not in answer.text
    assert {"private", "no-store"} <= directives(answer)
    return answer.status_code == 403 and "circle of guests" in answer.text


def test_a_verified_member_sees_the_page(rule, member, pages):
    answer = browser(member).get(pages["lunch"].url)
    assert SECRET in answer.text
    assert answer["Cache-Control"] == "private, no-store"


def test_a_stranger_is_shown_the_door(rule, client, pages):
    assert refused(client, pages["menu"])


def test_a_page_below_is_protected_too(rule, client, pages):
    assert refused(client, pages["lunch"])


def test_the_door_tells_nothing_of_the_page(rule, client, pages):
    html = client.get(pages["lunch"].url).text
    assert "Lunch" not in html
    assert not client.cookies


def test_a_member_who_only_followed_a_link_must_prove_it(rule, member, pages):
    assert refused(browser(member, verified=False), pages["lunch"])


def test_a_verified_contact_who_is_no_member_is_told_so(rule, contact, pages):
    client = browser(contact)
    assert refused(client, pages["lunch"])
    assert "not meant for you" in client.get(pages["lunch"].url).text


def test_whoever_leaves_the_segment_is_refused_at_the_next_request(rule, member, pages):
    client = browser(member)
    assert client.get(pages["lunch"].url).status_code == 200
    SegmentMembership.objects.update(left_at=timezone.now())
    assert refused(client, pages["lunch"])


def test_whoever_confirmed_an_address_that_was_corrected_is_refused(
    rule, member, pages
):
    """Staff mistyped it, somebody else pressed the button, staff put it right."""
    stranger = browser(member)
    assert stranger.get(pages["lunch"].url).status_code == 200
    new = {"value": "hanae@mail.example", "value_norm": "hanae@mail.example"}
    member.points.filter(kind="email").update(**new)
    assert refused(stranger, pages["lunch"])


def test_the_cookie_is_not_believed_about_segments(rule, contact, regulars, pages):
    client = browser(contact)
    known = visitor.Visitor(
        signing.read("browser", client.cookies["crm_visitor"].value)
    )
    known.members, known.issued = frozenset({regulars.pk}), timezone.now().timestamp()
    response = HttpResponse()
    visitor.keep(response, known)
    client.cookies.update(response.cookies)
    assert refused(client, pages["lunch"])


def test_an_exclusion_wins_over_membership(rule, member, rivals, pages):
    """Ask 4.01: rivals listen."""
    MembershipFactory(segment=rivals, contact=member)
    assert refused(browser(member), pages["lunch"])


def test_an_exclusion_that_was_switched_off_still_excludes(rule, member, rivals, pages):
    MembershipFactory(segment=rivals, contact=member)
    rivals.live = False
    rivals.save()
    assert refused(browser(member), pages["lunch"])


def test_an_exclusion_segment_of_the_whole_house_excludes(rule, member, pages):
    everywhere = SegmentFactory(key="never", live=True, excludes_always=True)
    MembershipFactory(segment=everywhere, contact=member)
    assert refused(browser(member), pages["lunch"])


def test_a_segment_that_is_not_published_lets_nobody_in(rule, member, regulars, pages):
    regulars.live = False
    regulars.save()
    assert refused(browser(member), pages["lunch"])


def test_an_erased_or_archived_contact_is_refused(rule, member, pages):
    client = browser(member)
    member.archived_at = timezone.now()
    member.save()
    assert refused(client, pages["lunch"])


def test_verification_ends_after_its_days(rule, member, pages, time_machine):
    client = browser(member)
    time_machine.move_to(timezone.now() + dt.timedelta(days=31))
    assert refused(client, pages["lunch"])


def test_a_rule_further_down_narrows_and_never_widens(
    rule, member, regulars, pages, client
):
    inner = SegmentFactory(key="inner", live=True)
    members.protect(pages["lunch"], segments=[inner], by=None)
    assert refused(browser(member), pages["lunch"])
    MembershipFactory(segment=inner, contact=member)
    assert browser(member).get(pages["lunch"].url).status_code == 200


def test_whoever_edits_the_page_sees_it_and_stands_in_no_log(
    rule, owner, client, pages
):
    client.force_login(owner)
    assert SECRET in client.get(pages["lunch"].url).text
    assert not MemberView.objects.exists()


def test_staff_without_a_right_on_the_page_do_not(rule, outsider, client, pages):
    client.force_login(outsider)
    assert refused(client, pages["lunch"])


class TestNothingElseShowsIt:
    def test_site_search(self, rule, client, pages):
        found = search.find("pickles house", language="en")
        assert not found
        members.open_again(pages["menu"], by=None)
        assert [page.pk for page in search.find("lunch", language="en")]

    def test_sitemap(self, rule, pages):
        request = RequestFactory().get("/", headers={"host": "localhost"})
        listed = {page.slug for page in Sitemap(request).items()}
        assert not listed & {"menu", "lunch", "dinner"}
        assert "about" in listed

    def test_public_lists_as_feeds_and_menus_use_them(self, rule, pages):
        listed = set(Page.objects.live().public().values_list("pk", flat=True))
        assert not listed & {pages[name].pk for name in ("menu", "lunch", "dinner")}
        assert pages["about"].pk in listed

    def test_the_api_shows_it_neither_to_strangers_nor_by_number(
        self, rule, client, pages, settings
    ):
        settings.ROOT_URLCONF = "tests.personalisation.api_urls"
        listed = client.get("/crm/api/pages/").json()["items"]
        assert not {item["id"] for item in listed} & {pages["lunch"].pk}
        assert client.get(f"/crm/api/pages/{pages['lunch'].pk}/").status_code == 404
        assert client.get(f"/crm/api/pages/{pages['about'].pk}/").status_code == 200

    def test_a_page_type_without_the_mixin_is_closed_to_all(self, rule, member, pages):
        plain = Page(title="Plain", slug="plain", locale=pages["menu"].locale)
        pages["menu"].add_child(instance=plain)
        answer = browser(member).get(plain.url)
        assert "password" in answer.text
        assert "Plain" not in re.sub(r"(?s)<title>.*?</title>", "", answer.text)


class TestTheRule:
    def test_a_page_that_is_private_otherwise_stays_so(self, pages, regulars):
        PageViewRestriction.objects.create(page=pages["menu"], restriction_type="login")
        with pytest.raises(members.AlreadyRestricted):
            members.protect(pages["menu"], segments=[regulars], by=None)

    def test_protecting_again_changes_whom(self, rule, pages, rivals, member):
        members.protect(pages["menu"], segments=[rivals], by=None)
        assert PageViewRestriction.objects.count() == 1
        assert refused(browser(member), pages["lunch"])

    def test_opening_shows_it_to_everybody(self, rule, client, pages):
        assert members.open_again(pages["menu"], by=None)
        assert SECRET in client.get(pages["lunch"].url).text
        assert not members.open_again(pages["menu"], by=None)

    def test_what_an_editor_chose_in_wagtail_since_is_wagtails(
        self, rule, member, pages
    ):
        """Never more open than somebody said: a password of their own asks for it."""
        PageViewRestriction.objects.update(password="open sesame")
        answer = browser(member).get(pages["lunch"].url)
        assert SECRET not in answer.text
        assert "password" in answer.text

    def test_knowing_the_seal_opens_nothing(self, rule, client, pages):
        restriction = PageViewRestriction.objects.get()
        url = f"/en/_util/authenticate_with_password/{restriction.pk}/"
        client.post(
            f"{url}{pages['lunch'].pk}/",
            {"password": restriction.password, "return_url": "/"},
        )
        assert refused(client, pages["lunch"])

    def test_a_segment_of_a_rule_is_in_use(self, rule, rivals, regulars, owner):
        assert [place.known for place in places(regulars, owner)] == [[rule]]
        assert [place.known for place in places(rivals, owner)] == [[rule]]

    def test_it_stands_in_the_history_of_the_page(self, pages, regulars, owner):
        members.protect(pages["menu"], segments=[regulars], by=owner)
        told = PageLogEntry.objects.filter(page=pages["menu"].pk, user=owner)
        actions = told.values_list("action", flat=True)
        assert "wagtail.view_restriction.create" in actions

    def test_the_journal_keeps_for_whom_it_was_and_is(
        self, rule, pages, regulars, rivals, owner
    ):
        kept = Change.objects.filter(about=pages["menu"].pk, operation__by=owner)
        members.protect(pages["menu"], segments=[rivals], by=owner)
        found = kept.values_list("model", "field", "old", "new")
        assert set(map(str, found)) == {
            str(("membersonly", "segments", [regulars.pk], [rivals.pk])),
            str(("membersonly", "excluded", [rivals.pk], [])),
        }
        members.protect(pages["menu"], segments=[rivals], by=owner)
        assert kept.count() == 2
        members.open_again(pages["menu"], by=owner)
        assert (kept.last().old, kept.last().new) == ([rivals.pk], [])

    def test_changing_whom_stands_in_the_history_of_the_page(
        self, rule, pages, rivals, owner
    ):
        for _each in range(2):
            members.protect(pages["menu"], segments=[rivals], by=owner)
        told = PageLogEntry.objects.filter(page=pages["menu"].pk, user=owner)
        actions = told.values_list("action", flat=True)
        assert list(actions) == ["wagtail.view_restriction.edit"]


class TestCosts:
    def test_a_public_page_asks_as_much_as_wagtails_own(
        self, pages, client, django_assert_num_queries
    ):
        about = Page.objects.get(pk=pages["about"].pk)
        with django_assert_num_queries(2):
            list(about.get_view_restrictions())
        with django_assert_num_queries(2):
            list(pages["about"].get_view_restrictions())

    def test_a_member_costs_a_few_queries(
        self, rule, member, pages, django_assert_max_num_queries
    ):
        client = browser(member)
        client.get(pages["lunch"].url)
        with django_assert_max_num_queries(40):
            client.get(pages["lunch"].url)


class TestTheLog:
    def test_who_saw_which_page_and_when(self, rule, member, pages):
        browser(member).get(f"{pages['lunch'].url}?x=1")
        view = MemberView.objects.get()
        assert (view.contact, view.page_title) == (member, "Lunch")
        assert view.page_url.endswith("/en/menu/lunch/")
        assert timezone.now() - view.at < dt.timedelta(minutes=1)

    def test_the_refused_stand_in_no_log(self, rule, contact, client, pages):
        refused(client, pages["lunch"])
        refused(browser(contact), pages["lunch"])
        assert not MemberView.objects.exists()

    def test_it_is_forgotten_after_a_year(self, rule, member, pages, time_machine):
        browser(member).get(pages["lunch"].url)
        time_machine.move_to(timezone.now() + dt.timedelta(days=364))
        queue.run_due("member-views-purge")
        assert MemberView.objects.exists()
        time_machine.shift(dt.timedelta(days=2))
        queue.run_due("member-views-purge")
        assert not MemberView.objects.exists()


class TestTheLink:
    @pytest.fixture(autouse=True)
    def _sender(self, db):
        cache.clear()
        SenderFactory()

    def ask(self, client, page, address, **more):
        url = f"/crm/members/{page.pk}/link"
        return client.post(url, {"address": address, "in": "en", **more})

    def sent(self):
        queue.run_due("members-links")
        assert not PageLinkRequest.objects.exists()
        return list(Delivery.objects.order_by("pk"))

    def test_the_answer_is_the_same_for_every_address(self, rule, member, pages):
        """Trust row I5: same status, same words, same statements."""
        answers = [
            self.ask(Client(), pages["menu"], address)
            for address in ("hanako@mail.example", "nobody@mail.example")
        ]
        assert {answer.status_code for answer in answers} == {200}
        assert answers[0].content == answers[1].content
        assert "If we know this address" in answers[0].text
        assert PageLinkRequest.objects.count() == 2

    def test_only_the_owner_of_a_known_address_gets_a_mail(self, rule, member, pages):
        for address in ("Hanako@Mail.Example", "nobody@mail.example"):
            self.ask(Client(), pages["menu"], address)
        (delivery,) = self.sent()
        assert (delivery.contact, delivery.kind) == (member, "members_link")

    def test_asking_again_within_the_hour_sends_nothing_more(self, rule, member, pages):
        for _time in range(3):
            self.ask(Client(), pages["menu"], "hanako@mail.example")
        assert len(self.sent()) == 1

    def test_asking_all_day_fills_no_mailbox(self, rule, member, pages, time_machine):
        start = timezone.now()
        for hour in range(9):
            time_machine.move_to(start + dt.timedelta(hours=hour), tick=False)
            self.ask(Client(), pages["menu"], "hanako@mail.example")
            sent = self.sent()
        assert len(sent) == 5

    def test_a_page_for_everybody_has_no_door(self, rule, member, pages):
        """Any number may be typed into the address: it tells of no page, sends none."""
        pages["menu"].unpublish()
        for page_id in (1, pages["about"].pk, pages["menu"].pk, 10**25):
            url = f"/crm/members/{page_id}/link"
            answer = Client().post(url, {"address": "hanako@mail.example"})
            assert answer.status_code == 404
        assert self.sent() == []

    def test_nobody_gets_a_link_that_was_asked_for_long_ago(
        self, rule, member, pages, time_machine
    ):
        self.ask(Client(), pages["menu"], "hanako@mail.example")
        time_machine.move_to(timezone.now() + dt.timedelta(hours=2))
        assert self.sent() == []

    def test_the_member_among_those_who_share_an_address_gets_it(
        self, rule, member, pages
    ):
        other = ContactFactory()
        PointFactory(contact=other, value="family@mail.example")
        PointFactory(contact=member, value="family@mail.example", verified_at=None)
        self.ask(Client(), pages["menu"], "family@mail.example")
        (delivery,) = self.sent()
        assert delivery.contact == member

    def test_a_flood_of_requests_is_cut_and_answered_alike(self, rule, member, pages):
        answers = [
            self.ask(Client(), pages["menu"], "hanako@mail.example") for _n in range(5)
        ]
        assert len({answer.content for answer in answers}) == 1
        assert PageLinkRequest.objects.count() == 3

    @pytest.mark.parametrize("typed", ["", "hanako", "a@b@c", "x" * 400])
    def test_what_is_no_address_is_told_beside_the_field(self, rule, pages, typed):
        answer = self.ask(Client(), pages["menu"], typed)
        assert answer.status_code == 422
        assert 'aria-describedby="members-problem"' in answer.text
        assert f'value="{typed[:320]}"' in answer.text
        assert not PageLinkRequest.objects.exists()

    def link(self, member, page):
        point = member.points.get(kind="email")
        return f"/crm/members/enter/{member_links.make(point, page.pk)}"

    def test_the_link_survives_a_new_key(self, rule, member, pages, client, settings):
        link = self.link(member, pages["menu"])
        settings.CRM_LINK_KEY = "a key of its own"
        assert "<button>" in client.get(link).text

    def test_a_link_from_before_there_were_marks_opens(self, member, pages):
        point, page = member.points.get(kind="email"), pages["menu"]
        said = {"p": point.pk, "to": page.pk}
        token = signing.make("members", member.public_id, **said)
        assert member_links.read(token) == (point, page.pk)
        token = signing.make("members", member.public_id, h="0" * 16, **said)
        with pytest.raises(signing.BadToken):
            member_links.read(token)

    def test_looking_at_the_link_changes_nothing(self, rule, member, pages, client):
        answer = client.get(self.link(member, pages["menu"]))
        assert "<button>" in answer.text
        assert not answer.cookies

    def test_the_button_opens_the_page_on_this_device(
        self, rule, member, pages, client
    ):
        answer = client.post(self.link(member, pages["menu"]))
        assert answer["Location"].endswith("/en/menu/")
        assert client.get(pages["lunch"].url).status_code == 200

    def test_the_link_works_for_a_day(self, rule, member, pages, client, time_machine):
        link = self.link(member, pages["menu"])
        time_machine.move_to(timezone.now() + dt.timedelta(hours=25))
        assert client.post(link).status_code == 410
        assert not client.cookies

    @pytest.mark.parametrize("token", ["x", "a.b.c"])
    def test_a_made_up_link_is_none(self, client, token, db):
        assert client.get(f"/crm/members/enter/{token}").status_code == 404

    def test_a_link_of_another_purpose_is_none(self, member, client, db):
        token = signing.make("preferences", member.public_id, p=1, to=1)
        assert client.post(f"/crm/members/enter/{token}").status_code == 404

    def test_a_link_to_an_address_that_was_corrected_is_none(
        self, rule, member, pages, client
    ):
        link = self.link(member, pages["menu"])
        new = {"value": "hanae@mail.example", "value_norm": "hanae@mail.example"}
        member.points.filter(kind="email").update(**new)
        assert client.post(link).status_code == 404
        assert not client.cookies

    def test_the_link_of_somebody_gone_is_none(self, rule, member, pages, client):
        link = self.link(member, pages["menu"])
        member.points.all().delete()
        assert client.post(link).status_code == 404


def test_an_address_beyond_all_pages_is_no_door(client, db):
    assert client.post(
        f"/crm/members/{2**70}/link", {"address": "a@b.c"}
    ).status_code in (
        400,
        404,
    )
