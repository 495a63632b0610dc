"""Two records made one, without loss, and taken apart again."""

import datetime as dt
import time

import pytest
import time_machine
from django.utils import timezone

from crm_plugin import journal, queue, signing
from crm_plugin.consents import ledger, preferences, rebuild
from crm_plugin.contacts import changes, links, records, search
from crm_plugin.contacts.merge import (
    AlreadyMerged,
    AlreadyUndone,
    MergedOn,
    Refused,
    TooLate,
    merge_contacts,
    undo_merge,
)
from crm_plugin.contacts.merge.verb import ASPECTS
from crm_plugin.delivery import opt_out
from crm_plugin.models import (
    Affiliation,
    Consent,
    Contact,
    ContactAlias,
    ContactValue,
    FirstTouch,
    Preference,
    Touchpoint,
)
from crm_plugin.personalisation import visitor
from tests import factories

from .dumping import differing, dump


@pytest.fixture
def survivor(db):
    return factories.ContactFactory(
        family_name="佐藤", given_name="", email="hanako@mail.example"
    )


@pytest.fixture
def duplicate(db):
    return factories.ContactFactory(
        family_name="佐東", given_name="花子", email="hana@work.example"
    )


@pytest.fixture
def full(survivor, duplicate, occasion, likes):
    """Much hangs on both: equal points, answers, places, sales, stays, consents."""
    shop = factories.OrganisationFactory()
    start = timezone.now() - dt.timedelta(days=400)
    segment = factories.SegmentFactory(live=True)
    for days, contact in enumerate((survivor, duplicate), start=1):
        factories.PointFactory(contact=contact, kind="phone", value="+819012345678")
        FirstTouch.objects.create(
            contact=contact, channel="web", at=start - dt.timedelta(days=days)
        )
        Affiliation.objects.create(contact=contact, organisation=shop)
        chosen = occasion.choices.all()[days - 1]
        ContactValue.objects.create(owner=contact, definition=occasion, choice=chosen)
        for answer in likes.choices.all()[:days]:
            ContactValue.objects.create(
                owner=contact, definition=likes, slot=answer.key, choice=answer
            )
        Preference.objects.create(
            contact=contact, frequency=["weekly", "monthly"][days - 1]
        )
        factories.TouchpointFactory(contact=contact)
        factories.InquiryFactory(contact=contact)
        factories.BookingFactory(contact=contact, came_at=start)
        factories.PurchaseFactory(contact=contact, at=start, on=start.date())
        factories.SubmissionFactory(contact=contact)
        for point in contact.points.all():
            factories.DeliveryFactory(contact=contact, point=point)
            ledger.confirm(point, factories.TopicFactory(), wording=None)
        factories.MembershipFactory(
            segment=segment,
            contact=contact,
            entered_at=start + dt.timedelta(days=days),
            left_at=start + dt.timedelta(days=days + 5),
        )
    settle(survivor, duplicate)
    return survivor, duplicate


def settle(*anew):
    """Let the worker's steps run; for *anew* as if they had just been written."""
    if anew:
        records.finish([contact.pk for contact in anew], ASPECTS)
    while changes.drain():
        pass


def count(contact):
    """How many rows hang on *contact*, by table, summaries apart."""
    return {
        link.model._meta.model_name: link.model._default_manager.filter(
            **{link.field: contact.pk}
        ).count()
        for link in links.registered()
        if link.merge == "move"
    }


class TestTheRecord:
    def test_the_survivors_value_stays_where_it_is_filled(self, survivor, duplicate):
        merge_contacts(survivor, duplicate, by=None)
        assert (survivor.family_name, survivor.given_name) == ("佐藤", "花子")

    def test_the_chosen_value_stays(self, survivor, duplicate):
        choices = {"family_name": "duplicate", "given_name": "survivor"}
        merge_contacts(survivor, duplicate, choices=choices, by=None)
        assert (survivor.family_name, survivor.given_name) == ("佐東", "")

    def test_notes_of_both_stay_unless_one_was_chosen(self, survivor, duplicate):
        Contact.objects.filter(pk=survivor.pk).update(note="likes eel")
        Contact.objects.filter(pk=duplicate.pk).update(note="comes by train")
        merge_contacts(survivor, duplicate, by=None)
        assert survivor.note == "likes eel\n\ncomes by train"

    def test_it_is_as_old_and_as_confirmed_as_the_older_one(self, survivor, duplicate):
        long_ago = timezone.now() - dt.timedelta(days=900)
        Contact.objects.filter(pk=duplicate.pk).update(created_at=long_ago)
        Contact.objects.filter(pk=survivor.pk).update(confirmed_at=None)
        merge_contacts(survivor, duplicate, by=None)
        assert survivor.created_at == long_ago
        assert survivor.confirmed_at == duplicate.confirmed_at

    def test_nobody_introduced_themselves(self, survivor, duplicate):
        Contact.objects.filter(pk=survivor.pk).update(introduced_by=duplicate)
        friend = factories.ContactFactory(introduced_by=duplicate)
        merge_contacts(survivor, duplicate, by=None)
        friend.refresh_from_db()
        assert (survivor.introduced_by, friend.introduced_by) == (None, survivor)

    def test_it_is_found_by_what_the_other_one_was_found_by(
        self, survivor, duplicate, owner
    ):
        merge_contacts(survivor, duplicate, by=None)
        assert list(search.find("hana@work.example", user=owner)) == [survivor]


class TestRows:
    def test_every_related_row_is_there_afterwards(self, full):
        survivor, duplicate = full
        before = {
            table: count(survivor)[table] + count(duplicate)[table]
            for table in count(survivor)
        }
        merge_contacts(survivor, duplicate, by=None)
        after = count(survivor)
        # Equal phones, equal places, the same answer and touching stays are one.
        joined = {
            "contactpoint": 1,
            "affiliation": 1,
            "contactvalue": 2,
            "segmentmembership": 1,
        }
        added = {"contactalias": 1}
        assert after == {
            table: number - joined.get(table, 0) + added.get(table, 0)
            for table, number in before.items()
        }
        assert set(count(duplicate).values()) == {0}

    def test_an_equal_point_is_spelt_and_confirmed_as_the_confirmed_one(
        self, survivor, duplicate
    ):
        mine, theirs = (
            factories.PointFactory(
                contact=each, kind="phone", value=value, value_norm="+819012345678"
            )
            for each, value in ((survivor, "09012345678"), (duplicate, "090-1234-5678"))
        )
        type(mine).objects.filter(pk=mine.pk).update(verified_at=None)
        merge_contacts(survivor, duplicate, by=None)
        mine.refresh_from_db()
        assert (mine.value, mine.verified_at) == ("090-1234-5678", theirs.verified_at)

    def test_the_survivors_address_is_still_used_first(self, survivor, duplicate):
        own = survivor.points.get()
        merge_contacts(duplicate, survivor, by=None)
        first = duplicate.points.order_by("-preferred", "id").first()
        assert first.value == "hana@work.example"
        assert own in duplicate.points.all()

    def test_another_address_is_used_first_when_chosen(self, survivor, duplicate):
        choices = {"point.email": "duplicate"}
        merge_contacts(survivor, duplicate, choices=choices, by=None)
        first = survivor.points.order_by("-preferred", "id").first()
        assert first.value == "hana@work.example"

    def test_the_earliest_source_stays(self, full):
        survivor, duplicate = full
        earliest = duplicate.first_touch.at
        merge_contacts(survivor, duplicate, by=None)
        assert FirstTouch.objects.get(contact=survivor).at == earliest

    def test_a_chosen_answer_replaces_the_survivors(self, full, occasion):
        survivor, duplicate = full
        choices = {"attribute.occasion": "duplicate"}
        merge_contacts(survivor, duplicate, choices=choices, by=None)
        assert survivor.values.get(definition=occasion).choice.key == "business"

    def test_what_the_merging_person_may_not_read_is_carried_over(
        self, survivor, duplicate, allergies, role
    ):
        factory = {"owner": duplicate, "definition": allergies, "text": "crab"}
        ContactValue.objects.create(**factory)
        choices = {"attribute.allergies": "survivor"}
        merge_contacts(survivor, duplicate, choices=choices, by=role("marketer"))
        assert survivor.values.get().text == "crab"

    def test_places_that_differ_stay_beside_each_other(self, full):
        survivor, duplicate = full
        duplicate.affiliations.update(title="Buyer")
        survivor.affiliations.update(title="Chief")
        merge_contacts(survivor, duplicate, by=None)
        assert survivor.affiliations.count() == 2

    def test_stays_in_a_segment_are_joined(self, full):
        survivor, duplicate = full
        (mine,), (theirs,) = survivor.memberships.all(), duplicate.memberships.all()
        merge_contacts(survivor, duplicate, by=None)
        (stay,) = survivor.memberships.all()
        assert (stay.entered_at, stay.left_at) == (mine.entered_at, theirs.left_at)

    def test_summaries_are_those_of_both(self, full):
        survivor, duplicate = full
        merge_contacts(survivor, duplicate, by=None)
        settle()
        assert survivor.sales.count == 2
        assert survivor.use_summary.count == 2


class TestConsent:
    @pytest.fixture
    def topic(self, db):
        return factories.TopicFactory()

    @pytest.fixture
    def said_no(self, survivor, duplicate, topic):
        """The survivor agreed; the other record, with another address, refused."""
        ledger.confirm(survivor.points.get(), topic, wording=None)
        point = duplicate.points.get()
        ledger.confirm(point, topic, wording=None)
        ledger.withdraw(point, topic=topic, source="test")
        return survivor, duplicate

    def test_withdrawn_on_one_is_withdrawn(self, said_no):
        survivor, duplicate = said_no
        merge_contacts(survivor, duplicate, by=None)
        states = Consent.objects.filter(point__contact=survivor)
        assert set(states.values_list("state", flat=True)) == {"withdrawn"}

    def test_withdrawn_on_the_survivor_stays_withdrawn(self, said_no):
        survivor, duplicate = said_no
        merge_contacts(duplicate, survivor, by=None)
        states = Consent.objects.filter(point__contact=duplicate)
        assert set(states.values_list("state", flat=True)) == {"withdrawn"}

    def test_of_one_address_on_both_the_refusal_holds(self, survivor, duplicate, topic):
        mine, theirs = (
            factories.PointFactory(contact=each, value="both@mail.example")
            for each in (survivor, duplicate)
        )
        factories.ConsentFactory(point=mine, topic=topic)
        factories.ConsentFactory(point=theirs, topic=topic, state="withdrawn")
        merge_contacts(survivor, duplicate, by=None)
        assert Consent.objects.get().state == "withdrawn"

    def test_an_agreement_on_one_stays_when_the_other_said_nothing(
        self, survivor, duplicate, topic
    ):
        ledger.confirm(duplicate.points.get(), topic, wording=None)
        merge_contacts(survivor, duplicate, by=None)
        assert Consent.objects.get(point__contact=survivor).state == "granted"

    def test_the_ledger_comes_to_the_same(self, said_no):
        survivor, duplicate = said_no
        operation = merge_contacts(survivor, duplicate, by=None)
        assert rebuild.differences() == []
        undo_merge(operation, by=None)
        assert rebuild.differences() == []

    def test_the_undo_gives_each_its_own_word_back(self, said_no, topic):
        survivor, duplicate = said_no
        operation = merge_contacts(survivor, duplicate, by=None)
        undo_merge(operation, by=None)
        states = {c.point.contact_id: c.state for c in Consent.objects.all()}
        assert states == {survivor.pk: "granted", duplicate.pk: "withdrawn"}

    def test_whoever_refuses_on_the_merged_record_refused_on_both(
        self, survivor, duplicate, topic
    ):
        for each in (survivor, duplicate):
            point = factories.PointFactory(contact=each, value="both@mail.example")
            ledger.confirm(point, topic, wording=None)
        operation = merge_contacts(survivor, duplicate, by=None)
        shared = survivor.points.get(value="both@mail.example")
        ledger.withdraw(shared, topic=topic, source="test")
        undo_merge(operation, by=None)
        states = Consent.objects.values_list("state", flat=True)
        assert list(states) == ["withdrawn", "withdrawn"]
        assert rebuild.differences() == []

    def test_whoever_refuses_what_the_merge_had_refused_has_refused_it(
        self, said_no, topic
    ):
        survivor, duplicate = said_no
        operation = merge_contacts(survivor, duplicate, by=None)
        own = survivor.points.get(value="hanako@mail.example")
        ledger.withdraw(own, topic=topic, source="test")
        undo_merge(operation, by=None)
        assert Consent.objects.get(point=own).state == "withdrawn"
        assert rebuild.differences() == []

    def test_what_is_said_afterwards_stays_with_the_survivor(
        self, survivor, duplicate, topic
    ):
        ledger.ask(duplicate.points.get(), topic, wording=None)
        operation = merge_contacts(survivor, duplicate, by=None)
        own = survivor.points.get(value="hanako@mail.example")
        ledger.confirm(own, topic, wording=None)
        undo_merge(operation, by=None)
        states = {c.point.contact_id: c.state for c in Consent.objects.all()}
        assert states == {survivor.pk: "granted", duplicate.pk: "pending"}
        assert rebuild.differences() == []

    def test_the_longer_pause_and_the_rarer_letter_stay(self, survivor, duplicate):
        until = timezone.localdate() + dt.timedelta(days=9)
        Preference.objects.create(contact=survivor, paused_until=until)
        Preference.objects.create(
            contact=duplicate, frequency="monthly", channel="post"
        )
        merge_contacts(survivor, duplicate, by=None)
        strict = Preference.objects.get()
        found = (strict.paused_until, strict.frequency, strict.channel)
        assert found == (until, "monthly", "post")


class TestOldNames:
    def test_old_ids_lead_to_the_survivor_of_the_survivor(self, survivor, duplicate):
        last = factories.ContactFactory()
        merge_contacts(survivor, duplicate, by=None)
        merge_contacts(last, survivor, by=None)
        old = {duplicate.pk, survivor.pk}
        assert set(last.aliases.values_list("old_id", flat=True)) == old
        assert [Contact.objects.known_as(pk).get() for pk in old] == [last, last]

    def test_a_preference_link_in_an_old_mail_still_opens(self, survivor, duplicate):
        mine, theirs = (
            factories.PointFactory(contact=each, value="both@mail.example")
            for each in (survivor, duplicate)
        )
        tokens = [preferences.link_token(theirs)]
        tokens += [preferences.link_token(duplicate.points.first())]
        merge_contacts(survivor, duplicate, by=None)
        found = [preferences.point_of(token) for token in tokens]
        assert [point.contact for point in found] == [survivor, survivor]
        assert found[0] == mine

    def test_a_number_that_no_record_can_have_leads_nowhere(self, db):
        assert not Contact.objects.known_as(10**30).exists()

    def test_a_browser_that_knew_the_old_record_is_known(self, survivor, duplicate):
        merge_contacts(survivor, duplicate, by=None)
        known = visitor.Visitor({"id": str(duplicate.public_id)})
        assert known.contact_id == survivor.pk

    def test_an_old_mail_still_unsubscribes(self, survivor, duplicate):
        point = duplicate.points.get()
        delivery = factories.DeliveryFactory(contact=duplicate, point=point)
        merge_contacts(survivor, duplicate, by=None)
        delivery.refresh_from_db()
        opt_out.leave(delivery, source="test")
        assert Consent.objects.get(point__contact=survivor).state == "withdrawn"

    def test_a_link_of_somebody_else_opens_nothing(self, survivor, duplicate):
        point = survivor.points.get()
        token = signing.make("preferences", duplicate.public_id, p=point.pk)
        assert preferences.point_of(token) is None


class TestRefusals:
    def test_a_record_is_not_merged_with_itself(self, survivor):
        with pytest.raises(Refused, match="itself"):
            merge_contacts(survivor, survivor, by=None)

    def test_of_two_people_who_merge_the_same_pair_one_is_told(
        self, survivor, duplicate
    ):
        merge_contacts(survivor, duplicate, by=None)
        with pytest.raises(AlreadyMerged) as error:
            merge_contacts(survivor, duplicate, by=None)
        assert error.value.led_to == survivor.pk

    def test_the_other_way_round_is_told_as_well(self, survivor, duplicate):
        merge_contacts(survivor, duplicate, by=None)
        with pytest.raises(AlreadyMerged) as error:
            merge_contacts(duplicate, survivor, by=None)
        assert error.value.led_to == survivor.pk

    def test_an_edit_meanwhile_is_told_and_nothing_is_overwritten(
        self, survivor, duplicate
    ):
        seen = (survivor.version, duplicate.version)
        Contact.objects.filter(pk=duplicate.pk).update(version=7)
        with pytest.raises(journal.Stale):
            merge_contacts(survivor, duplicate, by=None, seen=seen)
        assert Contact.objects.count() == 2

    def test_an_archived_record_is_not_merged(self, survivor, duplicate):
        Contact.objects.filter(pk=duplicate.pk).update(archived_at=timezone.now())
        with pytest.raises(Refused):
            merge_contacts(survivor, duplicate, by=None)

    def test_after_30_days_it_stays_merged(self, survivor, duplicate):
        operation = merge_contacts(survivor, duplicate, by=None)
        with time_machine.travel(dt.timedelta(days=31)), pytest.raises(TooLate):
            undo_merge(operation, by=None)

    def test_it_is_undone_once(self, survivor, duplicate):
        operation = merge_contacts(survivor, duplicate, by=None)
        undo_merge(operation, by=None)
        with pytest.raises(AlreadyUndone):
            undo_merge(operation, by=None)

    def test_a_later_merge_of_the_survivor_is_undone_first(self, survivor, duplicate):
        first = merge_contacts(survivor, duplicate, by=None)
        last = factories.ContactFactory()
        second = merge_contacts(last, survivor, by=None)
        with pytest.raises(MergedOn) as error:
            undo_merge(first, by=None)
        assert error.value.later == second

    def test_a_later_merge_into_the_survivor_is_undone_first(self, survivor, duplicate):
        first = merge_contacts(survivor, duplicate, by=None)
        second = merge_contacts(survivor, factories.ContactFactory(), by=None)
        with pytest.raises(MergedOn) as error:
            undo_merge(first, by=None)
        assert error.value.later == second


class TestUndo:
    def test_every_table_is_as_before(self, full):
        before = dump()
        operation = merge_contacts(*full, by=None)
        settle()
        assert differing(before, dump())
        undo_merge(operation, by=None)
        assert differing(before, dump()) == {}
        settle()
        assert differing(before, dump()) == {}

    def test_a_chain_of_merges_is_taken_apart_in_order(self, full):
        last = factories.ContactFactory(phone="+819012345678")
        settle(last)
        before = dump()
        first = merge_contacts(*full, by=None)
        second = merge_contacts(last, full[0], by=None)
        settle()
        undo_merge(second, by=None)
        undo_merge(first, by=None)
        settle()
        assert differing(before, dump()) == {}

    def test_what_was_added_since_stays_with_the_survivor(self, full):
        survivor, duplicate = full
        operation = merge_contacts(survivor, duplicate, by=None)
        new = factories.TouchpointFactory(contact=survivor, summary="Called again")
        undo_merge(operation, by=None)
        assert Touchpoint.objects.get(pk=new.pk).contact == survivor
        assert duplicate.touchpoints.count() == 1

    def test_what_was_edited_since_is_left_and_told(self, survivor, duplicate):
        choices = {"family_name": "duplicate", "given_name": "duplicate"}
        operation = merge_contacts(survivor, duplicate, choices=choices, by=None)
        journal.edit(survivor, {"family_name": "斉藤"}, by=None)
        undone = undo_merge(operation, by=None)
        assert [change.field for change in undone.left] == ["family_name"]
        assert undone.survivor.family_name == "斉藤"
        assert undone.survivor.given_name == ""

    def test_a_form_opened_on_the_merged_record_does_not_fit_afterwards(
        self, survivor, duplicate
    ):
        operation = merge_contacts(survivor, duplicate, by=None)
        merged = survivor.version
        undone = undo_merge(operation, by=None)
        journal.edit(undone.survivor, {"note": "new"}, by=None)
        assert undone.survivor.version != merged

    def test_what_it_took_to_undo_goes_when_it_is_too_late(self, survivor, duplicate):
        merge_contacts(survivor, duplicate, by=None)
        with time_machine.travel(dt.timedelta(days=30)):
            queue.run_due("merge-purge")
        assert journal.Bundle.objects.exists()
        with time_machine.travel(dt.timedelta(days=32)):
            queue.run_due("merge-purge")
        assert not journal.Bundle.objects.exists()
        assert journal.Change.objects.filter(about=survivor.pk).exists()

    def test_the_old_id_is_its_own_again(self, survivor, duplicate):
        operation = merge_contacts(survivor, duplicate, by=None)
        undone = undo_merge(operation, by=None)
        assert undone.duplicate == duplicate
        assert undone.duplicate.public_id == duplicate.public_id
        assert not ContactAlias.objects.exists()


def test_ten_thousand_rows_elsewhere_cost_no_more_statements_than_a_few(
    survivor, duplicate, django_assert_max_num_queries
):
    Touchpoint.objects.bulk_create(
        factories.TouchpointFactory.build_batch(10_000, contact=duplicate)
    )
    started = time.perf_counter()
    with django_assert_max_num_queries(170):
        operation = merge_contacts(survivor, duplicate, by=None)
    merged = time.perf_counter() - started
    assert survivor.touchpoints.count() == 10_000
    assert merged < 2
    undo_merge(operation, by=None)
    assert duplicate.touchpoints.count() == 10_000
