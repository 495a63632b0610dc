import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin import journal, rules
from crm_plugin.contacts.merge import merge_contacts
from crm_plugin.journal import Change
from crm_plugin.models import ContactChange, Deal, LostReason, Purchase
from crm_plugin.sales import board, deals, stages
from crm_plugin.sales.models import DealStage
from crm_plugin.touchpoints import history
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ready_made():
    stages.ensure()


@pytest.fixture
def deal(contact, owner):
    return deals.open_deal("Catering for 20", contact=contact, amount=80_000, by=owner)


@pytest.fixture
def quote():
    return DealStage.objects.get(key="quote")


@pytest.fixture
def price():
    return LostReason.objects.get(key="price")


def ago(days):
    return timezone.now() - dt.timedelta(days=days)


class TestOpening:
    def test_a_deal_begins_in_the_first_stage(self, deal):
        assert deal.stage.key == "inquiry"
        assert deal.stage_periods.get().ended_at is None

    def test_its_contact_stands_among_the_people(self, deal, contact):
        assert [(p.contact, p.role) for p in deal.people.all()] == [(contact, "main")]

    def test_it_is_with_somebody(self, owner):
        with pytest.raises(deals.NobodyNamed):
            deals.open_deal("Catering", by=owner)

    def test_it_may_be_with_an_organisation_alone(self, owner):
        firm = factories.OrganisationFactory()
        deal = deals.open_deal("Catering", organisation=firm, by=owner)
        assert (deal.who, deal.people.count()) == (firm, 0)

    def test_a_double_click_opens_one(self, contact, owner):
        once = deals.open_deal("Catering", contact=contact, by=owner, key="k")
        assert deals.open_deal("Catering", contact=contact, by=owner, key="k") == once

    def test_it_is_journalled_and_noted(self, deal, contact):
        assert Change.objects.filter(model="deal", about=deal.pk, field="").exists()
        noted = ContactChange.objects.filter(contact_id=contact.pk, aspect="deals")
        assert noted.exists()

    def test_it_never_begins_closed(self, contact, owner):
        won = deals.stage_of("won")
        with pytest.raises(deals.NotOpen):
            deals.open_deal("Catering", contact=contact, stage=won, by=owner)


class TestMoving:
    def test_each_stay_has_its_days(self, contact, owner, quote):
        deal = deals.open_deal("Catering", contact=contact, by=owner, opened_at=ago(9))
        deals.move_deal(deal, quote, by=owner, at=ago(4))
        first, second = deal.stage_periods.order_by("started_at")
        assert (first.ended_at - first.started_at).days == 5
        assert (second.stage, second.ended_at, second.by) == (quote, None, owner)

    def test_the_second_of_two_at_once_is_told(self, deal, owner, quote, price):
        theirs = Deal.objects.get(pk=deal.pk)
        deals.move_deal(deal, quote, by=owner)
        with pytest.raises(journal.Stale):
            deals.lose(theirs, price, by=owner)
        assert Deal.objects.get(pk=deal.pk).stage == quote
        assert deal.stage_periods.count() == 2

    def test_into_the_same_stage_changes_nothing(self, deal, owner):
        assert deals.move_deal(deal, deal.stage, by=owner) is False
        assert deal.stage_periods.count() == 1

    def test_a_closing_stage_wants_more_than_a_move(self, deal, owner):
        with pytest.raises(deals.NotOpen):
            deals.move_deal(deal, deals.stage_of("won"), by=owner)

    def test_a_lost_deal_can_be_opened_again(self, deal, owner, quote, price):
        deals.lose(deal, price, note="Too dear", by=owner)
        deals.move_deal(deal, quote, by=owner)
        deal.refresh_from_db()
        assert (deal.closed_at, deal.lost_reason, deal.lost_note) == (None, None, "")


class TestClosing:
    def test_losing_wants_a_reason(self, deal, owner):
        with pytest.raises(deals.ReasonMissing):
            deals.lose(deal, None, by=owner)

    def test_a_lost_deal_says_why(self, deal, owner, price):
        deals.lose(deal, price, note="Too dear", by=owner)
        deal.refresh_from_db()
        assert (deal.stage.key, deal.lost_reason, deal.lost_note) == (
            "lost",
            price,
            "Too dear",
        )
        assert deal.closed_at is not None

    def test_winning_records_the_purchase(self, deal, contact, owner):
        sale = deals.sale_of(deal, 75_000, at=timezone.now(), payment="invoice")
        deals.win(deal, sale=sale, by=owner)
        purchase = Purchase.objects.get()
        assert (purchase.contact, purchase.amount) == (contact, 75_000)
        assert Deal.objects.get().purchase == purchase

    def test_winning_again_records_no_second_purchase(self, deal, owner, quote):
        for _again in range(2):
            sale = deals.sale_of(deal, 75_000, at=timezone.now())
            deals.win(deal, sale=sale, by=owner)
            deals.move_deal(deal, quote, by=owner)
        assert Purchase.objects.count() == 1

    def test_nothing_is_sold_when_somebody_was_faster(self, deal, owner, quote):
        theirs = Deal.objects.get(pk=deal.pk)
        deals.move_deal(deal, quote, by=owner)
        sale = deals.sale_of(theirs, 75_000, at=timezone.now())
        with pytest.raises(journal.Stale):
            deals.win(theirs, sale=sale, by=owner)
        assert not Purchase.objects.exists()

    def test_it_ends_after_it_began(self, deal, owner):
        with pytest.raises(deals.Backwards):
            deals.win(deal, at=ago(3), by=owner)

    def test_the_days_run_from_opening_to_closing(self, contact, owner):
        deal = deals.open_deal("Catering", contact=contact, by=owner, opened_at=ago(9))
        deals.win(deal, at=ago(2), by=owner)
        assert deal.days == 7


class TestEditing:
    def test_another_contact_takes_the_place_of_the_main_one(self, deal, owner):
        other = factories.ContactFactory()
        deals.edit_deal(deal, {"contact": other}, by=owner)
        assert [(p.contact, p.role) for p in deal.people.all()] == [(other, "main")]

    def test_an_earlier_opening_moves_the_first_stay(self, deal, owner):
        deals.edit_deal(deal, {"opened_at": ago(20)}, by=owner)
        assert deal.stage_periods.get().started_at == deal.opened_at

    def test_an_opening_after_the_next_stage_is_refused(self, contact, owner, quote):
        deal = deals.open_deal("Catering", contact=contact, by=owner, opened_at=ago(9))
        deals.move_deal(deal, quote, by=owner, at=ago(4))
        with pytest.raises(deals.Backwards):
            deals.edit_deal(deal, {"opened_at": ago(1)}, by=owner)

    def test_somebody_cannot_be_involved_twice(self, deal, owner):
        other = factories.ContactFactory()
        deals.involve(deal, other, "uses", by=owner)
        deals.involve(deal, other, "decides", by=owner)
        assert deal.people.get(contact=other).role == "decides"

    def test_the_main_contact_is_not_taken_out(self, deal, owner):
        with pytest.raises(deals.NobodyNamed):
            deals.release(deal.people.get(), by=owner)

    def test_a_deal_that_never_was_goes_with_its_stays(self, deal, owner):
        deals.remove_deal(deal, by=owner)
        assert not Deal.objects.exists()
        assert Change.objects.filter(model="deal", old__title=deal.title).exists()


class TestBoard:
    def test_a_column_counts_all_and_shows_the_first(self, contact, owner, monkeypatch):
        monkeypatch.setattr(board, "MOST", 2)
        for number in range(3):
            deals.open_deal(f"D{number}", contact=contact, amount=100, by=owner)
        first, *_others = board.columns(owner)
        assert (first.count, first.amount, len(first.cards), first.more) == (
            3,
            300,
            2,
            1,
        )

    def test_what_is_expected_soon_stands_above(self, contact, owner):
        today = timezone.localdate()
        deals.open_deal("Some day", contact=contact, by=owner)
        deals.open_deal("Soon", contact=contact, expected_on=today, by=owner)
        cards = board.columns(owner)[0].cards
        assert [card.deal.title for card in cards] == ["Soon", "Some day"]

    def test_old_closed_deals_leave_it(self, contact, owner):
        deal = deals.open_deal("Old", contact=contact, by=owner, opened_at=ago(90))
        deals.win(deal, at=ago(60), by=owner)
        assert sum(column.count for column in board.columns(owner)) == 0

    def test_it_can_be_narrowed_to_one_owner(self, deal, owner):
        assert board.columns(owner, owner=owner)[0].count == 0
        assert board.columns(owner, nobody=True)[0].count == 1

    def test_cards_know_their_days_and_the_next_step(self, deal, owner, contact):
        from crm_plugin.touchpoints import follow_ups

        step = follow_ups.plan(contact, due_on=timezone.localdate(), what="Call")
        deal.stage_periods.update(started_at=ago(6))
        (card,) = board.columns(owner)[0].cards
        assert (card.days_in_stage, card.follow_up) == (6, step)
        assert (card.before, card.after.key) == (None, "proposal")

    def test_it_asks_as_much_for_many_as_for_one(
        self, deal, owner, django_assert_num_queries
    ):
        with django_assert_num_queries(6):
            board.columns(owner)
        for number in range(12):
            person = factories.ContactFactory()
            made = deals.open_deal(f"D{number}", contact=person, by=owner)
            if number % 2:
                deals.win(made, by=owner)
        with django_assert_num_queries(6):
            board.columns(owner)

    def test_an_outsider_sees_nothing(self, deal, outsider):
        assert not any(column.count for column in board.columns(outsider))


class TestHistory:
    def test_it_tells_of_opening_and_winning(self, deal, contact, owner):
        deals.win(deal, by=owner)
        kinds = [entry.kind for entry in history.story(contact, user=owner)]
        assert kinds[:2] == ["deal_won", "deal"]

    def test_a_page_begins_before_the_moment(self, contact, owner):
        deal = deals.open_deal("Catering", contact=contact, by=owner, opened_at=ago(9))
        deals.win(deal, at=ago(2), by=owner)
        page = history.story(contact, user=owner, before=ago(5))
        assert [entry.kind for entry in page] == ["deal"]

    def test_those_involved_read_of_it_too(self, deal, owner):
        other = factories.ContactFactory()
        deals.involve(deal, other, "decides", by=owner)
        assert history.story(other, user=owner)[0].kind == "deal"


def found(name, **value):
    rule = rules.rule_block().to_python([{"type": name, "value": value}])
    return list(rules.compile_rule(rule).order_by("pk")), rules.sentence(rule)


class TestConditions:
    def test_an_open_deal_finds_everybody_involved(self, deal, contact, owner):
        other = factories.ContactFactory()
        deals.involve(deal, other, "decides", by=owner)
        factories.ContactFactory()
        ids, sentence = found("open_deal")
        assert ids == [contact.pk, other.pk]
        assert sentence == "People with an open deal"

    @pytest.mark.parametrize(
        ("value", "is_in"),
        [
            ({"size": "at_least", "amount": 80_000}, True),
            ({"size": "at_least", "amount": 80_001}, False),
            ({"size": "at_most", "amount": 80_000}, True),
            ({"stages": ["inquiry"]}, True),
            ({"stages": ["quote"]}, False),
            ({"age": "longer", "open_days": 9}, True),
            ({"age": "longer", "open_days": 10}, False),
            ({"age": "shorter", "open_days": 10}, True),
        ],
    )
    def test_it_asks_for_stage_amount_and_age(self, deal, value, is_in):
        Deal.objects.update(opened_at=ago(10))
        assert bool(found("open_deal", **value)[0]) is is_in

    @pytest.mark.parametrize(
        ("days", "due", "is_in"),
        [
            (-1, {"due": "late"}, True),
            (0, {"due": "late"}, False),
            (0, {"due": "soon", "due_days": 7}, True),
            (7, {"due": "soon", "due_days": 7}, True),
            (8, {"due": "soon", "due_days": 7}, False),
            (None, {"due": "late"}, False),
        ],
    )
    def test_it_asks_for_the_day_on_which_it_is_expected(self, deal, days, due, is_in):
        today = timezone.localdate()
        on = None if days is None else today + dt.timedelta(days=days)
        Deal.objects.update(expected_on=on)
        assert bool(found("open_deal", **due)[0]) is is_in

    def test_it_asks_for_the_role_of_those_involved(self, deal, contact, owner):
        other = factories.ContactFactory()
        deals.involve(deal, other, "decides", by=owner)
        assert found("open_deal", roles=["decides"])[0] == [other.pk]
        deals.win(deal, by=owner)
        value = {"outcome": "won", "how": "at_least", "number": 1, "when": "ever"}
        ids, sentence = found("closed_deals", **value, roles=["main", "uses"])
        assert ids == [contact.pk]
        assert sentence == (
            "People with at least 1 won deal (as: main contact or uses)"
        )

    def test_its_sentence_tells_all(self, deal):
        value = {"stages": ["quote"], "size": "at_least", "amount": 5}
        sentence = found("open_deal", **value, age="longer", open_days=3)[1]
        assert sentence == (
            "People with an open deal (Quote, at least ¥5, for more than 3 days)"
        )
        sentence = found("open_deal", due="soon", due_days=7, roles=["decides"])[1]
        assert sentence == (
            "People with an open deal (expected within the next 7 days, as: decides)"
        )

    def test_a_closed_deal_is_no_open_one(self, deal, owner):
        deals.win(deal, by=owner)
        assert found("open_deal")[0] == []

    def test_deals_won_are_counted_in_a_period(self, deal, contact, owner):
        deals.win(deal, by=owner)
        value = {"outcome": "won", "how": "at_least", "number": 1, "when": "last"}
        assert found("closed_deals", **value, days=30)[0] == [contact.pk]
        Deal.objects.update(opened_at=ago(90), closed_at=ago(60))
        assert found("closed_deals", **value, days=30)[0] == []

    def test_deals_lost_can_be_asked_by_reason(self, deal, contact, owner, price):
        deals.lose(deal, price, by=owner)
        value = {"outcome": "lost", "how": "at_least", "number": 1, "when": "ever"}
        ids, sentence = found("closed_deals", **value, reasons=["price"])
        assert ids == [contact.pk]
        assert sentence == "People with at least 1 lost deal (Price)"
        assert found("closed_deals", **value, reasons=["date"])[0] == []

    def test_a_stage_that_is_gone_is_a_problem(self, deal):
        rule = rules.rule_block().to_python(
            [{"type": "open_deal", "value": {"stages": ["gone"]}}]
        )
        with pytest.raises(rules.BrokenRule):
            rules.compile_rule(rule)


class TestMerging:
    def test_a_deal_of_both_keeps_one_row_of_the_survivor(self, deal, contact, owner):
        other = factories.ContactFactory()
        deals.involve(deal, other, "decides", by=owner)
        theirs = deals.open_deal("Theirs", contact=other, by=owner)
        merge_contacts(contact, other, by=owner)
        assert [(p.contact, p.role) for p in deal.people.all()] == [(contact, "main")]
        assert Deal.objects.get(pk=theirs.pk).contact == contact
        assert theirs.people.get().contact == contact
