"""The filters of the list: what they choose, say, cost, and save."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from crm_plugin import models, rules
from crm_plugin.contacts import search, values
from crm_plugin.rules import selecting
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
INDEX, RESULTS = "crm_contact:index", "crm_contact:index_results"


@pytest.fixture
def as_owner(login, owner):
    return login(owner)


@pytest.fixture
def guests(owner):
    """Two contacts; the first answers to every filter, the second to none."""
    here, there = factories.ContactFactory.create_batch(2)
    day = dt.datetime(2026, 3, 1, 3, tzinfo=dt.UTC)
    models.Contact.objects.filter(pk=here.pk).update(
        owner=owner,
        heard_from="sns",
        created_at=day,
        language="en",
        confirmed_at=None,
        birth_on=dt.date(timezone.localdate().year - 45, 1, 1),
    )
    models.StagePeriod.objects.create(contact=here, stage="first", started_on=day)
    models.ContactFrequency.objects.create(contact=here, last_at=day)
    models.FirstTouch.objects.create(
        contact=here, channel="web", source="instagram", at=day
    )
    factories.uses(here, 3, 5)
    factories.PointFactory(
        contact=here, kind="postal", value="x", prefecture="北海道", city="旭川市"
    )
    for key, kind, value in (
        ("taste", "choice", "lunch"),
        ("likes", "multi_choice", ["lunch"]),
        ("vip", "yes_no", True),
        ("points", "number", 20),
        ("wedding", "date", day.date()),
        ("nickname", "text", "Hana-chan"),
        ("wishes", "long_text", "A table by the window"),
    ):
        definition = factories.AttributeFactory(
            key=key, label=key.title(), label_ja="項目", type=kind
        )
        for choice in ("lunch", "dinner"):
            if "choice" in kind:
                definition.choices.create(key=choice, label=choice.title())
        values.write({here.pk: {key: value}}, by=None)
    return here, there


FILTERS = [
    ({"stage": "first"}, "stage: first use"),
    ({"heard_from": "sns"}, "heard of us from: social media"),
    ({"source": "instagram"}, "source: instagram"),
    ({"source": "web"}, "source: web"),
    ({"came_by": "web"}, "source: web"),
    ({"came_by": ["business_card", "web"]}, "source: business card or source: web"),
    ({"age_min": "40", "age_max": "49"}, "40 to 49 years old"),
    ({"age_min": "40"}, "40 years old or more"),
    ({"confirmed": "false"}, "a provisional record"),
    ({"language": "en"}, "language: English"),
    ({"prefecture": "北海道"}, "a postal address in 北海道"),
    ({"city": "旭川"}, "a postal address in 旭川"),
    ({"uses_min": "2"}, "at least 2 uses"),
    ({"uses_min": "1", "uses_max": "3"}, "at least 1 use and at most 3 uses"),
    ({"created_to": "2026-03-02"}, "first record until 03/02/2026"),
    ({"last_touch_from": "2026-03-01", "last_touch_to": "2026-03-01"}, "last touch"),
    ({"last_use_from": "2020-01-01"}, "last use since 01/01/2020"),
    ({"a_taste": "lunch"}, "Taste: Lunch"),
    ({"a_likes": ["lunch", "dinner"]}, "Likes: Lunch or Dinner"),
    ({"a_vip": "yes"}, "Vip: yes"),
    ({"a_points_min": "20", "a_points_max": "10"}, "Points: 10 to 20"),
    ({"a_points_min": "20", "a_points_max": "20"}, "Points: 20"),
    ({"a_wedding_from": "2026-02-01", "a_wedding_to": "2026-03-01"}, "Wedding: from"),
    ({"a_nickname": "na-ch"}, "Nickname: contains “na-ch”"),
    ({"a_nickname": "hana", "a_nickname_how": "starts"}, "starts with “hana”"),
    ({"a_wishes": "window"}, "Wishes: contains “window”"),
]


@pytest.mark.parametrize(("asked", "said"), FILTERS, ids=lambda part: str(part)[:40])
def test_a_filter_narrows_the_list_and_says_so(as_owner, guests, asked, said):
    here, there = guests
    text = as_owner.get(reverse(INDEX), asked).content.decode()
    assert here.name in text
    assert there.name not in text
    assert said in text


def test_nothing_known_finds_the_others(as_owner, guests):
    here, there = guests
    asked = {"a_taste": ["-", "dinner"]}
    text = as_owner.get(reverse(INDEX), asked).content.decode()
    assert there.name in text
    assert here.name not in text


def test_by_owner_and_by_nobody(as_owner, guests, owner):
    here, there = guests
    for asked, shown, hidden in ((owner.pk, here, there), ("nobody", there, here)):
        text = as_owner.get(reverse(INDEX), {"owner": asked}).content.decode()
        assert shown.name in text
        assert hidden.name not in text


def test_filters_are_said_as_one_sentence_in_the_readers_language(as_owner, guests):
    asked = {"stage": "first", "a_vip": "yes", "q": ""}
    text = as_owner.get(reverse(RESULTS), asked).content.decode()
    assert "People with Vip: yes and stage: first use" in text or (
        "People with stage: first use and Vip: yes" in text
    )
    with translation.override("ja"):
        value = {"what": "source", "name": "business_card"}
        assert "名刺" in rules.sentence([{"type": "source", "value": value}])


def test_a_filter_that_cannot_be_read_chooses_nobody_and_says_why(as_owner, guests):
    text = as_owner.get(reverse(INDEX), {"stage": "gone"}).content.decode()
    assert guests[0].name not in text
    assert "gone is not one of the available choices" in text


def test_the_cost_of_a_filter_does_not_grow_with_the_rows(
    as_owner, guests, monkeypatch
):
    def count():
        with CaptureQueriesContext(connection) as queries:
            as_owner.get(reverse(INDEX), {"stage": "first", "language": "en"})
        return len(queries)

    count()
    few = count()
    more = factories.ContactFactory.create_batch(30, language="en")
    models.StagePeriod.objects.bulk_create(
        models.StagePeriod(contact=one, stage="first", started_on="2026-01-01")
        for one in more
    )
    assert count() == few
    monkeypatch.setattr(selecting, "FEW", 5)
    monkeypatch.setattr(selecting, "EXACT", 5)
    assert count() == few


class TestSaveAsSegment:
    URL = "crm_contact:save_segment"

    def post(self, client, query, **kwargs):
        return client.post(f"{reverse(self.URL)}?{query}", **kwargs)

    def test_one_click_makes_a_draft_of_exactly_that_rule(self, as_owner, guests):
        here, _there = guests
        answer = self.post(as_owner, "stage=first&a_taste=lunch&p=2")
        segment = models.Segment.objects.get()
        assert answer["Location"] == reverse("crm_segment:edit", args=[segment.pk])
        assert not segment.live
        assert list(rules.compile_rule(segment.rule)) == [here.pk]
        assert segment.name.startswith("People with stage: first use")
        assert segment.latest_revision.user.username == "owner"

    def test_the_list_offers_it_only_with_the_right(self, login, role, guests):
        for name, offered in (("marketer", True), ("staff", False)):
            client = login(role(name))
            text = client.get(reverse(INDEX), {"stage": "first"}).content.decode()
            assert (reverse(self.URL) in text) is offered

    def test_without_the_right_nothing_is_made(self, login, role, guests):
        answer = self.post(login(role("staff")), "stage=first")
        assert answer.status_code == 302
        assert not models.Segment.objects.exists()

    @pytest.mark.parametrize("query", ["", "stage=gone", "q=Sato"])
    def test_what_is_no_filter_makes_no_segment(self, as_owner, query):
        self.post(as_owner, query)
        assert not models.Segment.objects.exists()

    def test_a_link_makes_nothing(self, as_owner):
        assert as_owner.get(reverse(self.URL)).status_code == 405

    def test_a_sensitive_filter_makes_a_sensitive_segment(self, as_owner):
        factories.AttributeFactory(key="ills", type="text", sensitive=True)
        self.post(as_owner, "a_ills=nuts")
        assert models.Segment.objects.get().reads_sensitive

    def test_a_sensitive_filter_is_none_without_the_right(self, login, role):
        factories.AttributeFactory(key="ills", type="text", sensitive=True)
        self.post(login(role("marketer")), "a_ills=nuts")
        assert not models.Segment.objects.exists()


def test_the_export_holds_whom_the_filters_choose(as_owner, guests):
    asked = {"a_taste": "lunch", "stage": "first", "export": "csv"}
    answer = as_owner.get(reverse(INDEX), asked)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert len(text.splitlines()) == 2
    assert guests[0].family_name in text


def test_typing_finds_while_it_is_typed_and_without_a_script(as_owner):
    text = as_owner.get(reverse(INDEX)).content.decode()
    assert "input->w-swap#submitLazy" in text
    assert f'action="{reverse(INDEX)}"' in text.split("<noscript>")[1]


def test_a_day_is_the_sites_day(as_owner):
    contact = factories.ContactFactory()
    zone = timezone.get_default_timezone()
    late = dt.datetime(2026, 3, 1, 23, 59, tzinfo=zone)
    models.Contact.objects.filter(pk=contact.pk).update(created_at=late)
    for day, shown in (("2026-03-01", True), ("2026-03-02", False)):
        asked = {"created_from": day, "created_to": day}
        text = as_owner.get(reverse(INDEX), asked).content.decode()
        assert (contact.name in text) is shown


def test_the_contacts_of_a_colleague_who_left_can_be_looked_for(as_owner, guests):
    here, there = guests
    gone = User.objects.create_superuser("gone", first_name="Sayaka", is_active=False)
    models.Contact.objects.filter(pk=here.pk).update(owner=gone)
    text = as_owner.get(reverse(INDEX), {"owner": gone.pk}).content.decode()
    assert "Sayaka" in text
    assert here.name in text
    assert there.name not in text


def test_a_search_costs_as_many_queries_for_many_hits(as_owner):
    def count():
        with CaptureQueriesContext(connection) as queries:
            as_owner.get(reverse(INDEX), {"q": "佐藤"})
        return len(queries)

    def named(number):
        people = factories.ContactFactory.create_batch(number, phone="+819012345678")
        search.refresh([person.pk for person in people])

    named(1)
    count()
    few = count()
    named(20)
    assert count() == few
