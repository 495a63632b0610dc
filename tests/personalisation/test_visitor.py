import datetime as dt

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.db.models import F
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from crm_plugin import models, signing
from crm_plugin.personalisation import visitor as visitors
from crm_plugin.personalisation.visitor import COOKIE
from tests.factories import ContactFactory, MembershipFactory, SegmentFactory

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def lunch(db):
    return SegmentFactory(key="lunch", live=True)


@pytest.fixture
def diet(db):
    return SegmentFactory(key="diet", private=True, live=True)


@pytest.fixture
def guest(db, lunch, diet):
    contact = ContactFactory(email="hanako@mail.example")
    MembershipFactory(contact=contact, segment=lunch)
    MembershipFactory(contact=contact, segment=diet)
    ContentType.objects.get_for_model(models.Segment)
    ContentType.objects.get_by_natural_key("crm_plugin", "campaign")
    return contact


def carried(response):
    """A request whose browser holds the cookie of *response*."""
    request = RequestFactory().get("/")
    request.COOKIES = {
        key: morsel.value for key, morsel in response.cookies.items() if morsel.value
    }
    return request


def browse(response, wanted):
    """One more page: what is known, and the response that carries the new cookie."""
    visitor = visitors.of(carried(response))
    answer = visitor.know(frozenset(wanted))
    after = HttpResponse()
    visitors.keep(after, visitor)
    return answer, after


def recognised(contact):
    response = HttpResponse()
    visitors.recognise(response, contact)
    return response


def verified(contact):
    response = HttpResponse()
    visitors.verify(response, contact, "hanako@mail.example")
    return response


def test_a_stranger_costs_no_query(django_assert_num_queries, lunch):
    with django_assert_num_queries(0):
        answer, _after = browse(HttpResponse(), {lunch.pk})
    assert answer == (frozenset(), frozenset())


def test_a_stale_cookie_costs_one_query(django_assert_num_queries, guest, lunch):
    response = recognised(guest)
    with django_assert_num_queries(1):
        (members, _unknown), _after = browse(response, {lunch.pk})
    assert members == {lunch.pk}


def test_a_fresh_cookie_costs_no_query(django_assert_num_queries, guest, lunch):
    _answer, after = browse(recognised(guest), {lunch.pk})
    with django_assert_num_queries(0):
        (members, _unknown), _after = browse(after, {lunch.pk})
    assert members == {lunch.pk}


def test_a_cookie_is_asked_again_after_fifteen_minutes(guest, lunch):
    with time_machine.travel(NOW, tick=False) as clock:
        _answer, after = browse(recognised(guest), {lunch.pk})
        models.SegmentMembership.objects.update(left_at=F("entered_at"))
        clock.shift(dt.timedelta(minutes=14))
        assert browse(after, {lunch.pk})[0][0] == {lunch.pk}
        clock.shift(dt.timedelta(minutes=2))
        assert browse(after, {lunch.pk})[0][0] == set()


def test_a_segment_the_cookie_never_heard_of_is_asked_for(guest, lunch):
    _answer, after = browse(recognised(guest), {lunch.pk})
    dinner = SegmentFactory(key="dinner", live=True)
    MembershipFactory(contact=guest, segment=dinner)
    assert dinner.pk in browse(after, {dinner.pk})[0][0]


def test_a_recognised_browser_never_learns_of_private_segments(guest, lunch, diet):
    (members, unknown), after = browse(recognised(guest), {lunch.pk, diet.pk})
    assert members == {lunch.pk}
    assert unknown == {diet.pk}
    said = signing.read("browser", after.cookies[COOKIE].value)
    assert diet.pk not in said["s"]


def test_a_verified_browser_sees_private_segments(guest, lunch, diet):
    (members, unknown), _after = browse(verified(guest), {lunch.pk, diet.pk})
    assert members == {lunch.pk, diet.pk}
    assert unknown == set()


def test_the_cookie_of_a_verified_browser_names_no_private_segment(guest, diet):
    _answer, after = browse(verified(guest), {diet.pk})
    assert diet.pk not in signing.read("browser", after.cookies[COOKIE].value)["s"]


def test_private_segments_are_always_asked_for(
    django_assert_num_queries, guest, lunch, diet
):
    _answer, after = browse(verified(guest), {lunch.pk, diet.pk})
    with django_assert_num_queries(2):
        answer, _after = browse(after, {lunch.pk, diet.pk})
    assert answer[0] == {lunch.pk, diet.pk}


def test_whose_address_was_corrected_is_not_the_one_who_confirmed_it(
    guest, lunch, diet
):
    """Staff mistyped it, somebody else pressed the button, staff put it right."""
    _answer, stranger = browse(verified(guest), {lunch.pk, diet.pk})
    point = guest.points.get(kind="email")
    point.value = point.value_norm = "right@mail.example"
    point.save()
    answer, after = browse(stranger, {lunch.pk, diet.pk})
    assert answer == ({lunch.pk}, {diet.pk})
    assert not visitors.of(carried(after)).verified


def test_verification_ends_after_thirty_days(guest, lunch, diet):
    with time_machine.travel(NOW, tick=False) as clock:
        response = verified(guest)
        clock.shift(dt.timedelta(days=31))
        (members, unknown), _after = browse(response, {lunch.pk, diet.pk})
    assert (members, unknown) == ({lunch.pk}, {diet.pk})


def test_verification_is_for_one_address(guest):
    visitor = visitors.of(carried(verified(guest)))
    digest = signing.address_hash("email", "hanako@mail.example")
    assert visitor.verified_address_hash == digest


def test_a_recognised_browser_has_verified_no_address(guest):
    assert visitors.of(carried(recognised(guest))).verified_address_hash == ""


def test_a_member_of_an_exclusion_segment_gets_nothing_personal(guest, lunch):
    angry = SegmentFactory(key="angry", excludes_always=True, live=True)
    MembershipFactory(contact=guest, segment=angry)
    assert browse(recognised(guest), {lunch.pk})[0][0] == set()


def test_a_merged_contact_is_still_recognised(guest, lunch):
    response = recognised(guest)
    old_id, old_public_id = guest.pk, guest.public_id
    survivor = ContactFactory()
    models.SegmentMembership.objects.filter(contact=guest).update(contact=survivor)
    models.ContactAlias.objects.create(
        old_id=old_id, old_public_id=old_public_id, contact=survivor
    )
    guest.delete()
    assert browse(response, {lunch.pk})[0][0] == {lunch.pk}
    assert visitors.of(carried(response)).contact_id == survivor.pk


def test_an_archived_contact_is_a_stranger(guest, lunch):
    guest.archived_at = timezone.now()
    guest.save()
    (members, _unknown), after = browse(recognised(guest), {lunch.pk})
    assert members == set()
    assert after.cookies[COOKIE].value == ""


def test_an_erased_contact_is_a_stranger(guest, lunch):
    response = recognised(guest)
    guest.delete()
    assert browse(response, {lunch.pk})[0][0] == set()
    assert visitors.of(carried(response)).contact_id is None


def test_a_segment_that_was_switched_off_matches_nobody(guest, lunch):
    lunch.active = False
    lunch.save()
    assert browse(recognised(guest), {lunch.pk})[0][0] == set()


def test_an_altered_cookie_belongs_to_a_stranger(guest):
    request = carried(recognised(guest))
    token = request.COOKIES[COOKIE]
    request.COOKIES[COOKIE] = ("A" if token[0] != "A" else "B") + token[1:]
    assert not visitors.of(request).recognised


def test_a_token_for_another_purpose_recognises_nobody(guest):
    request = RequestFactory().get("/")
    request.COOKIES = {COOKIE: signing.make("unsubscribe", guest.public_id)}
    assert not visitors.of(request).recognised


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(guest):
    morsel = recognised(guest).cookies[COOKIE]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Lax"


def test_the_cookie_holds_nothing_personal(guest, lunch):
    _answer, after = browse(verified(guest), {lunch.pk})
    said = signing.read("browser", after.cookies[COOKIE].value)
    assert set(said) == {"id", "t", "s", "o", "p", "v"}
    assert said["id"] == str(guest.public_id)
    assert said["s"] == [lunch.pk]


def test_not_you_forgets_at_once(guest):
    response = recognised(guest)
    visitors.forget(response)
    assert not visitors.of(carried(response)).recognised
