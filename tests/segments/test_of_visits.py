"""A segment of visits has no members, and no rule of people rests on it."""

import pytest

from crm_plugin import rules
from crm_plugin.models import Segment
from crm_plugin.segments import impact
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh, refresh_contacts
from tests import factories

pytestmark = pytest.mark.django_db
MAIL = condition("visit_utm", source="newsletter")
ENGLISH = condition("language", languages=["en"])


@pytest.fixture
def from_mail():
    return factories.SegmentFactory(key="from-mail", name="From a mail", rule=[MAIL])


def test_its_rule_tells_what_it_is_about(from_mail):
    people = factories.SegmentFactory(rule=[ENGLISH])
    assert list(Segment.objects.of_visits()) == [from_mail]
    assert list(Segment.objects.of_people()) == [people]


def test_a_saved_rule_is_told_even_if_only_the_rule_is_saved(from_mail):
    from_mail.rule = [ENGLISH]
    from_mail.save(update_fields=["rule"])
    from_mail.refresh_from_db()
    assert not from_mail.of_visits


def test_a_refresh_leaves_it_empty_and_unbroken(from_mail):
    contact = factories.ContactFactory()
    factories.MembershipFactory(segment=from_mail, contact=contact)
    refresh(from_mail)
    from_mail.refresh_from_db()
    assert (from_mail.size, from_mail.frozen_at) == (0, None)
    assert not from_mail.memberships.filter(left_at=None).exists()
    assert from_mail.next_change_at is None


def test_a_changed_contact_is_not_asked_for_it(from_mail):
    people = factories.SegmentFactory(rule=[ENGLISH])
    contact = factories.ContactFactory(language="en")
    assert refresh_contacts([contact.pk], ["fields"]) == 1
    assert people.memberships.count() == 1
    from_mail.refresh_from_db()
    assert from_mail.frozen_at is None


def test_no_rule_of_people_is_offered_it(from_mail):
    people = factories.SegmentFactory(name="People")
    block = rules.rule_block().child_blocks["segment"].child_blocks["segment"]
    names = {label for _key, label in block.offered()}
    assert str(people) in names
    assert "From a mail" not in names


def test_a_rule_that_rests_on_it_is_broken_in_words(from_mail):
    node = condition("segment", segment="from-mail", state="in")
    with pytest.raises(rules.BrokenRule, match="it has no members"):
        rules.compile_rule([node])


def test_the_preview_of_the_editor_counts_nobody(from_mail, owner):
    found = impact.preview([MAIL], user=owner, segment=from_mail)
    assert found.of_visits
    assert found.problems == []


def test_a_mixed_rule_that_was_stored_anyway_freezes_and_harms_nobody():
    mixed = factories.SegmentFactory(rule=[MAIL, ENGLISH])
    assert not mixed.of_visits
    with pytest.raises(rules.BrokenRule):
        refresh(mixed)
    mixed.refresh_from_db()
    assert mixed.frozen_at
