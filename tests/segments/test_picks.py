"""People put into a segment by hand: one, or everybody whom a rule chooses."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from crm_plugin import queue, rules
from crm_plugin.contacts import bulk, bulk_undo, changes
from crm_plugin.models import (
    BulkEdit,
    Change,
    Contact,
    Operation,
    Segment,
    SegmentMembership,
    SegmentPick,
)
from crm_plugin.segments import picks
from crm_plugin.segments.ready_made import condition, group
from crm_plugin.segments.refresh import refresh
from tests import factories

pytestmark = pytest.mark.django_db
JAPANESE = [condition("language", languages=["ja"])]


@pytest.fixture(autouse=True)
def no_breath(monkeypatch):
    monkeypatch.setattr(bulk, "BREATH", 0)


@pytest.fixture
def regulars(owner):
    segment = picks.create("Regulars", by=owner)
    refresh(segment)
    return segment


def members(segment):
    rows = SegmentMembership.objects.filter(segment=segment, left_at=None)
    return set(rows.values_list("contact_id", flat=True))


def settle():
    while changes.drain():
        pass


def do(act, segment, by, rule=JAPANESE):
    edit = bulk.start(rule, act, value=segment.pk, by=by)
    queue.run_due(bulk.KIND)
    edit.refresh_from_db()
    settle()
    return edit


def test_a_hand_picked_segment_is_in_force_at_once_and_empty(regulars):
    assert regulars.in_force
    assert regulars.hand_picked
    assert rules.problems(regulars.rule) == []
    assert members(regulars) == set()


def test_whoever_is_put_in_is_a_member_and_whoever_is_taken_out_is_not(
    regulars, contact, owner
):
    assert picks.pick(regulars, [contact.pk], by=owner) == {contact.pk}
    settle()
    assert members(regulars) == {contact.pk}
    assert picks.unpick(regulars, [contact.pk], by=owner) == {contact.pk}
    settle()
    assert members(regulars) == set()


def test_putting_in_twice_changes_nothing(regulars, contact, owner):
    picks.pick(regulars, [contact.pk], by=owner)
    assert picks.pick(regulars, [contact.pk], by=owner) == set()
    assert SegmentPick.objects.count() == 1
    assert Operation.objects.filter(kind="pick").count() == 1


def test_a_segment_whose_rule_asks_nobody_takes_nobody(contact, owner):
    segment = factories.SegmentFactory(rule=JAPANESE)
    with pytest.raises(picks.NotByHand):
        picks.pick(segment, [contact.pk], by=owner)


def test_everybody_whom_a_rule_chooses_is_put_in_and_it_stays_so(regulars, owner):
    chosen = factories.ContactFactory.create_batch(3)
    edit = do("pick", regulars, owner)
    assert edit.counts["changed"] == 3
    late = factories.ContactFactory()
    Contact.objects.filter(pk=chosen[0].pk).update(language="en")
    changes.note([chosen[0].pk, late.pk], "fields")
    settle()
    assert members(regulars) == {one.pk for one in chosen}


def test_the_record_does_not_move_on_by_being_put_in(regulars, contact, owner):
    do("pick", regulars, owner)
    before = contact.version
    contact.refresh_from_db()
    assert contact.version == before


def test_the_whole_act_is_taken_back_but_for_who_was_in_before(regulars, owner):
    first, second = factories.ContactFactory.create_batch(2)
    picks.pick(regulars, [first.pk], by=owner)
    edit = do("pick", regulars, owner)
    assert edit.counts["changed"] == 1
    bulk_undo.start(edit, by=owner)
    queue.run_due(bulk_undo.KIND)
    settle()
    assert members(regulars) == {first.pk}


def test_taking_everybody_out_is_taken_back_with_who_put_them_in(
    regulars, contact, owner
):
    picks.pick(regulars, [contact.pk], by=owner)
    before = SegmentPick.objects.values().get()
    edit = do("unpick", regulars, owner)
    assert not SegmentPick.objects.exists()
    bulk_undo.start(edit, by=owner)
    queue.run_due(bulk_undo.KIND)
    assert SegmentPick.objects.values().get() == before


def test_being_put_in_is_one_condition_among_others(regulars, owner):
    first, second = factories.ContactFactory.create_batch(2)
    Contact.objects.filter(pk=second.pk).update(language="en")
    picks.pick(regulars, [first.pk, second.pk], by=owner)
    picked = condition("picked", segment=regulars.key)
    both = [picked, *JAPANESE]
    either = [group("any", picked, *JAPANESE)]
    assert set(rules.compile_rule(both)) == {first.pk}
    assert set(rules.compile_rule(either)) == {first.pk, second.pk}
    assert set(rules.compile_rule([group("none", picked)])) == set()


def test_the_explanation_says_who_put_them_in_and_when(regulars, contact, owner):
    picks.pick(regulars, [contact.pk], by=owner)
    line = rules.explain(regulars.rule, contact.pk).lines[-1]
    assert line.holds
    assert "by owner" in line.fact


def test_a_rule_that_names_a_segment_that_is_gone_is_refused(regulars):
    rule = [condition("picked", segment=regulars.key)]
    regulars.delete()
    assert "is gone: choose something else" in rules.problems(rule)[0]
    with pytest.raises(rules.BrokenRule):
        rules.compile_rule(rule)


def test_two_records_made_one_stand_in_it_once(regulars, owner):
    from crm_plugin.contacts.merge import merge_contacts

    first, second = factories.ContactFactory.create_batch(2)
    picks.pick(regulars, [first.pk, second.pk], by=owner)
    merge_contacts(first, second, by=owner)
    settle()
    assert members(regulars) == {first.pk}


def test_what_is_picked_by_something_sensitive_is_hidden_from_then_on(
    regulars, role, contact, owner
):
    factories.AttributeFactory(key="ills", label="Ills", type="text", sensitive=True)
    marketer = role("marketer")
    assert Segment.objects.visible_to(marketer).filter(pk=regulars.pk).exists()
    rule = [condition("attribute", attribute="ills", operator="empty")]
    do("pick", regulars, owner, rule=rule)
    assert members(regulars) == {contact.pk}
    assert not Segment.objects.visible_to(marketer).filter(pk=regulars.pk).exists()
    regulars.refresh_from_db()
    regulars.save_revision(user=owner).publish(user=owner)
    assert not Segment.objects.visible_to(marketer).filter(pk=regulars.pk).exists()


def test_it_hides_what_was_done_to_everybody_who_was_picked(regulars, contact, owner):
    factories.AttributeFactory(key="ills", label="Ills", type="text", sensitive=True)
    picked = [condition("picked", segment=regulars.key)]
    told = BulkEdit.objects.create(rule=picked, act="archive", state="done")
    rule = [condition("attribute", attribute="ills", operator="empty")]
    do("pick", regulars, owner, rule=rule)
    told.refresh_from_db()
    assert told.sensitive


def test_publishing_something_sensitive_hides_what_was_done_to_its_members(
    contact, owner
):
    factories.AttributeFactory(key="ills", label="Ills", type="text", sensitive=True)
    segment = factories.SegmentFactory(key="some")
    inside = [condition("segment", segment="some", state="in")]
    told = BulkEdit.objects.create(rule=inside, act="archive", state="done")
    segment.rule = [condition("attribute", attribute="ills", operator="empty")]
    segment.save_revision(user=owner).publish(user=owner)
    told.refresh_from_db()
    assert told.sensitive


def test_who_may_not_change_segments_puts_nobody_in(regulars, role, contact):
    with pytest.raises(bulk.NotAllowed):
        bulk.start(JAPANESE, "pick", value=regulars.pk, by=role("staff"))


def test_a_marketer_puts_a_selection_into_a_new_segment(client, role, contact):
    client.force_login(role("marketer"))
    url = reverse("crm_contact:bulk") + "?language=ja&do=pick"
    assert "hand-picked" in client.get(url).text
    shown = client.post(url, {"value": "new", "name": ""})
    assert "Please fill this in." in shown.text
    assert not Segment.objects.exists()
    client.post(url, {"value": "new", "name": "Regulars"})
    queue.run_due()
    settle()
    segment = Segment.objects.get(name="Regulars")
    assert members(segment) == {contact.pk}
    assert "Put into “Regulars”" in client.get(reverse("crm_contact:bulk_edits")).text


def test_a_marketer_sees_no_bulk_change_of_staff(client, role, owner, contact):
    edit = bulk.start(JAPANESE, "owner", value=owner.pk, by=owner)
    marketer = role("marketer")
    assert not BulkEdit.objects.visible_to(marketer).exists()
    client.force_login(marketer)
    url = reverse("crm_contact:bulk_edit", args=[edit.public_id])
    assert client.get(url).status_code == 404


def test_from_the_record_one_contact_is_put_in_and_taken_out(
    client, role, regulars, contact
):
    client.force_login(role("marketer"))
    why = reverse("crm_contact:why", args=[contact.pk])
    assert "Put in" in client.get(why).text
    url = reverse("crm_contact:pick", args=[contact.pk])
    assert client.get(url).status_code == 405
    said = {"segment": regulars.key, "do": "pick"}
    assert "was put into" in client.post(url, said, follow=True).text
    settle()
    assert members(regulars) == {contact.pk}
    said["do"] = "unpick"
    assert "was taken out" in client.post(url, said, follow=True).text
    settle()
    assert members(regulars) == set()


def test_a_segment_that_one_may_not_see_takes_nobody(client, regulars, contact):
    user = User.objects.create_user("half")
    rights = ["access_admin", "view_contact", "change_segment"]
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    url = reverse("crm_contact:pick", args=[contact.pk])
    assert client.post(url, {"segment": regulars.key}).status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_many_are_put_in_by_as_many_statements_as_one(
    regulars, owner, count, django_assert_max_num_queries
):
    factories.ContactFactory.create_batch(count)
    bulk.start(JAPANESE, "pick", value=regulars.pk, by=owner)
    with django_assert_max_num_queries(50):
        queue.run_due(bulk.KIND)
    assert SegmentPick.objects.count() == count
    assert Change.objects.filter(model="segmentpick").count() == count
