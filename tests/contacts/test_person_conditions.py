"""Rules about names, introductions, anniversaries, places, and a share by lot."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.utils import timezone, translation

from crm_plugin import models, rules
from crm_plugin.contacts.conditions import shares
from crm_plugin.contacts.models import FirstTouch
from crm_plugin.segments.ready_made import condition, group
from tests import factories

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 1, 3, tzinfo=dt.UTC)
SOON = {"kind": "next", "days": 7}


def chosen(name, /, at=NOON, **value):
    rule = [condition(name, **value)]
    assert rules.problems(rule) == []
    return set(rules.compile_rule(rule, at))


class TestAnniversaries:
    @pytest.fixture
    def wedding(self):
        return factories.AttributeFactory(key="wedding", label="Wedding", type="date")

    def on(self, wedding, day):
        contact = factories.ContactFactory()
        models.ContactValue.objects.create(owner=contact, definition=wedding, date=day)
        return contact.pk

    def test_the_next_days_come_round_every_year(self, wedding):
        today = self.on(wedding, dt.date(1999, 3, 1))
        last = self.on(wedding, dt.date(2011, 3, 8))
        self.on(wedding, dt.date(2011, 3, 9))
        assert chosen("anniversary", attribute="wedding", **SOON) == {today, last}

    def test_the_29th_of_february_is_the_28th_in_other_years(self, wedding):
        leap = self.on(wedding, dt.date(2020, 2, 29))
        for day, found in ((27, set()), (28, {leap})):
            at = NOON.replace(month=2, day=day)
            days = {"attribute": "wedding", "kind": "next", "days": 0}
            assert chosen("anniversary", at, **days) == found

    def test_a_month(self, wedding):
        may = self.on(wedding, dt.date(1999, 5, 31))
        self.on(wedding, dt.date(1999, 6, 1))
        month = {"kind": "month", "month": "5"}
        assert chosen("anniversary", attribute="wedding", **month) == {may}

    def test_it_says_the_attribute(self, wedding):
        rule = [condition("anniversary", attribute="wedding", **SOON)]
        assert rules.sentence(rule) == (
            "People with anniversary of “Wedding” in the next 7 days"
        )

    def test_a_sensitive_day_is_not_offered_without_the_right(self, wedding):
        wedding.sensitive = True
        wedding.save()
        block = rules.rule_block(sensitive=False).child_blocks["anniversary"]
        offered = [key for key, _label in block.child_blocks["attribute"].field.choices]
        assert offered == [""]
        assert rules.reads_sensitive(
            [condition("anniversary", attribute="wedding", **SOON)]
        )


class TestTheDayOfRecording:
    def test_a_value_that_was_recorded_lately(self):
        new, old = factories.ContactFactory(), factories.ContactFactory()
        factories.taste(new, "lunch")
        value = factories.taste(old, "lunch")
        rows = models.ContactValue.objects
        rows.update(updated_at=NOON)
        rows.filter(pk=value.pk).update(updated_at=NOON - dt.timedelta(days=40))
        said = {"attribute": "taste", "operator": "recorded", "when": "last"}
        assert chosen("attribute", days=30, **said) == {new.pk}

    def test_all_of_several_ticks(self):
        both, one = factories.ContactFactory.create_batch(2)
        for contact, ticks in ((both, "wine tea"), (one, "wine")):
            for tick in ticks.split():
                value = factories.taste(contact, tick, type="multi_choice")
                models.ContactValue.objects.filter(pk=value.pk).update(slot=tick)
        said = {"attribute": "taste", "operator": "all_of"}
        ticks = ["taste:wine", "taste:tea"]
        assert chosen("attribute", choices=ticks, **said) == {both.pk}
        assert "Wine and Tea" in rules.sentence(
            [condition("attribute", choices=ticks, **said)]
        )


class TestNames:
    def test_a_reading_may_be_typed_in_hiragana_or_half_width(self):
        tanaka = factories.ContactFactory(family_kana="タナカ")
        factories.ContactFactory(family_kana="ナカタ", given_kana="")
        for typed in ("たなか", "ﾀﾅ", "タナカ"):
            said = {"which": "reading", "test": "starts", "text": typed}
            assert chosen("name", **said) == {tanaka.pk}

    def test_whose_reading_is_not_known(self):
        blank = factories.ContactFactory(family_kana="", given_kana="")
        factories.ContactFactory(family_kana="", given_kana="ハナ")
        assert chosen("name", which="reading", test="empty") == {blank.pk}


class TestAnniversariesOfTheFirstTime:
    @pytest.mark.parametrize("name", ["first_use", "first_purchase"])
    def test_the_first_time_itself_is_no_anniversary_yet(self, name):
        model = {
            "first_use": models.ContactUses,
            "first_purchase": models.ContactSales,
        }[name]

        def first(year, month, day):
            contact, on = factories.ContactFactory(), dt.date(year, month, day)
            model.objects.create(contact=contact, first_on=on)
            return contact.pk

        year, soon = first(2025, 3, 1), first(2020, 3, 8)
        later, before = first(2020, 3, 9), first(2025, 2, 28)
        first(2026, 3, 1)
        assert chosen(f"{name}_anniversary", **SOON) == {year, soon}
        month = chosen(f"{name}_anniversary", kind="month", month="3")
        assert month == {year, soon, later}
        assert chosen(f"{name}_anniversary", kind="month", month="2") == {before}


class TestIntroductions:
    def test_who_brought_two_and_who_came_through_somebody(self):
        friend = factories.ContactFactory()
        came = factories.ContactFactory.create_batch(2, introduced_by=friend)
        factories.ContactFactory(introduced_by=came[0])
        twice = {"kind": "brought", "how": "at_least", "number": 2, "when": "ever"}
        assert chosen("introductions", **twice) == {friend.pk}
        found = chosen("introductions", kind="came", when="ever")
        assert len(found) == 3
        assert friend.pk not in found


class TestPlaces:
    def live(self, **address):
        return factories.PointFactory(kind="postal", **address).contact_id

    def test_several_cities_and_the_beginning_of_a_postcode(self):
        near = self.live(prefecture="北海道", city="旭川市", postal_code="070-0030")
        far = self.live(prefecture="北海道", city="札幌市", postal_code="060-0001")
        self.live(prefecture="東京都", city="千代田区", postal_code="100-0001")
        assert chosen("place", city="旭川、 札幌") == {near, far}
        for typed in ("070", "0700", "〒070-0030", "０７０"):
            assert chosen("place", postal_code=typed) == {near}

    def test_a_prefecture_is_meant_however_it_was_stored(self):
        there = self.live(prefecture="東京都", city="千代田区")
        self.live(prefecture="京都府", city="京都市")
        for said in ("東京都", "東京", "tokyo", "Tokyo、沖縄"):
            assert chosen("place", prefecture=said) == {there}

    def test_the_editor_ticks_prefectures_and_stores_them_as_before(self):
        block = rules.condition("place").block().child_blocks["prefecture"]
        assert block.get_form_state("東京、北海道") == ["東京都", "北海道"]
        assert block.clean("東京、Hokkaido") == "東京都、北海道"
        with translation.override("en"):
            assert ("東京都", "Tokyo (東京都)") in block.field.choices


class TestSources:
    @pytest.mark.parametrize("said", ["phone", "Phone", "ｐｈｏｎｅ", "電話"])
    def test_a_channel_is_meant_by_its_words_in_any_language(self, said):
        called = touched(channel="phone")
        touched(channel="shop")
        assert chosen("source", what="source", name=said) == {called}

    @pytest.mark.parametrize("what", ["source", "medium", "campaign"])
    def test_capitals_of_a_link_do_not_count(self, what):
        came = touched(channel="web", **{what: "newsletter"})
        touched(channel="web", **{what: "newsletters"})
        assert chosen("source", what=what, name="Newsletter ") == {came}

    def test_known_channels_and_links_are_offered(self):
        touched(channel="web", source="instagram", campaign="spring")
        widget = rules.condition("source").block().child_blocks["name"].field.widget
        html = widget.render("name", None, {"id": "x"})
        assert 'list="x-known"' in html
        assert '<option value="phone">phone</option>' in html
        assert '<option value="spring">utm_campaign</option>' in html


def touched(**told):
    contact = factories.ContactFactory()
    FirstTouch.objects.create(contact=contact, at=timezone.now(), **told)
    return contact.pk


class TestAShareByLot:
    def test_it_is_the_same_people_each_time_and_the_rest_are_the_others(self):
        everybody = {row.pk for row in factories.ContactFactory.create_batch(30)}
        half = {"percent": 50, "key": "spring"}
        share = chosen("share", **half)
        assert share == chosen("share", **half)
        rest = [group("none", condition("share", **half))]
        assert set(rules.compile_rule(rest)) == everybody - share
        assert share <= chosen("share", percent=80, key="spring")

    def test_the_database_draws_as_the_explanation_says(self):
        pks = {row.pk for row in factories.ContactFactory.create_batch(20)}
        limit = shares.limit({"percent": 37})
        expected = {pk for pk in pks if shares.place(pk, "x") < limit}
        assert chosen("share", percent=37, key="x") == expected

    @pytest.mark.parametrize("key", ["spring", "autumn", "1", "2"])
    def test_numbers_in_a_row_are_spread_evenly(self, key):
        tenths = [0] * 10
        for number in range(1, 10_001):
            tenths[shares.place(number, key) * 10 // shares.PRIME] += 1
        # Chi square with 9 degrees of freedom: above 27.9 once in a thousand draws.
        assert sum((count - 1_000) ** 2 / 1_000 for count in tenths) < 27.9

    @pytest.mark.parametrize("keys", [("spring", "autumn"), ("1", "2"), ("a", "b")])
    def test_two_draws_do_not_know_of_each_other(self, keys):
        half = shares.limit({"percent": 50})
        both = sum(
            all(shares.place(number, key) < half for key in keys)
            for number in range(1, 10_001)
        )
        # A quarter; the standard deviation of 10,000 throws is 43.
        assert abs(both - 2_500) < 4 * 43

    def test_great_numbers_fit_the_column(self):
        contact = factories.ContactFactory(pk=2**62)
        drawn = shares.place(2**62, "x") * 100 // shares.PRIME
        found = chosen("share", percent=min(drawn + 1, 99), key="x")
        assert (contact.pk in found) is (drawn < 99)


def test_an_owner_is_found_by_their_number():
    user = User.objects.create_user("sato")
    contact = factories.ContactFactory(owner=user)
    assert chosen("owner", owner=str(user.pk)) == {contact.pk}
