"""Rights that hang on the one object, beside those of a role (``permission_matrix``)."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from django.utils import timezone

from crm_plugin.models import BulkEdit, FollowUp, Segment
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOBODY = [{"type": "confirmed", "value": {"state": "confirmed"}}]


@pytest.fixture
def marketer(role):
    return role("marketer")


@pytest.fixture
def browser(client, marketer):
    client.force_login(marketer)
    return client


def bulk_edit(by, **more):
    return BulkEdit.objects.create(rule=NOBODY, act="pick", state="done", by=by, **more)


def statuses(browser, edit):
    """Of every screen about one bulk change; the last is for acting."""
    found = {
        view: browser.get(reverse(f"crm_contact:{view}", args=[edit.public_id]))
        for view in ("bulk_edit", "bulk_progress")
    }
    found["bulk_undo"] = browser.post(
        reverse("crm_contact:bulk_undo", args=[edit.public_id])
    )
    return {answer.status_code for answer in found.values()}


def _list(browser):
    return browser.get(reverse("crm_contact:bulk_edits")).content.decode()


def test_who_may_not_change_contacts_meets_only_their_own_bulk_changes(
    browser, marketer, owner
):
    own, other = bulk_edit(marketer), bulk_edit(owner)
    assert statuses(browser, other) == {404}
    assert statuses(browser, own) <= {200, 302}
    assert str(own.public_id) in _list(browser)
    assert str(other.public_id) not in _list(browser)


def test_ones_own_bulk_change_that_came_to_tell_something_sensitive_is_hidden(
    browser, marketer
):
    own = bulk_edit(marketer, sensitive=True)
    assert statuses(browser, own) == {404}
    assert str(own.public_id) not in _list(browser)


def test_who_may_change_contacts_meets_everybodys_but_the_sensitive_ones(
    client, outsider, owner
):
    names = ["view_contact", "change_contact"]
    rights = Permission.objects.filter(codename__in=names)
    outsider.user_permissions.add(*rights)
    client.force_login(outsider)
    assert statuses(client, bulk_edit(owner)) <= {200, 302}
    assert statuses(client, bulk_edit(owner, sensitive=True)) == {404}


@pytest.fixture
def locked(owner):
    """A segment with two versions that somebody else has locked."""
    segment = factories.SegmentFactory(name="Lunch guests", live=True)
    segment.save_revision(user=owner)
    segment.name = "Guests"
    segment.save_revision(user=owner)
    Segment.objects.update(locked=True, locked_by=owner, locked_at=timezone.now())
    return segment


def acts_on(segment):
    """What would change it, by route."""
    first = segment.revisions.order_by("id").first()
    said = {"name": "Mine", "rule-count": "0"}
    return {
        "edit": ([segment.pk], said),
        "revisions_revert": ([segment.pk, first.pk], said),
        "delete": ([segment.pk], {}),
        "unpublish": ([segment.pk], {}),
    }


@pytest.mark.parametrize("view", ["edit", "revisions_revert", "delete", "unpublish"])
def test_what_somebody_else_locked_stays_as_it_is(browser, locked, view):
    arguments, said = acts_on(locked)[view]
    url = reverse(f"crm_segment:{view}", args=arguments)
    answer = browser.post(url, said, follow=True)
    assert "locked" in answer.content.decode()
    locked.refresh_from_db()
    assert locked.live
    assert locked.get_latest_revision_as_object().name == "Guests"


def test_several_are_not_deleted_where_somebody_else_locked_one(browser, locked):
    free = factories.SegmentFactory(name="Free")
    url = reverse("wagtail_bulk_action", args=["crm_plugin", "segment", "delete"])
    answer = browser.post(f"{url}?id={free.pk}&id={locked.pk}", follow=True)
    assert "locked" in answer.content.decode()
    assert Segment.objects.count() == 2


def test_who_locked_it_may_change_and_delete_it(client, owner, locked):
    client.force_login(owner)
    arguments, said = acts_on(locked)["edit"]
    assert client.post(reverse("crm_segment:edit", args=arguments), said).url
    locked.refresh_from_db()
    assert locked.get_latest_revision_as_object().name == "Mine"
    client.post(reverse("crm_segment:delete", args=[locked.pk]))
    assert not Segment.objects.exists()


def test_who_may_unlock_may_change_it_afterwards(browser, locked):
    browser.post(reverse("crm_segment:unlock", args=[locked.pk]))
    arguments, said = acts_on(locked)["edit"]
    browser.post(reverse("crm_segment:edit", args=arguments), said)
    locked.refresh_from_db()
    assert locked.get_latest_revision_as_object().name == "Mine"


def test_a_locked_campaign_is_not_deleted_by_others(browser, owner):
    campaign = factories.CampaignFactory()
    type(campaign).objects.update(
        locked=True, locked_by=owner, locked_at=timezone.now()
    )
    browser.post(reverse("crm_campaign:delete", args=[campaign.pk]))
    assert type(campaign).objects.exists()


def _of(user):
    """One record of each noun that has an owner, with *user* as its owner."""
    contact = factories.ContactFactory(owner=user)
    step = {"due_on": timezone.localdate(), "what": "Call"}
    return {
        "crm_contact": contact,
        "crm_deal": factories.DealFactory(contact=contact, owner=user),
        "crm_inquiry": factories.InquiryFactory(contact=contact, owner=user),
        "crm_today": FollowUp.objects.create(contact=contact, owner=user, **step),
    }


def _answers(browser, records):
    """The status of looking at each record, changing it and acting on it."""
    looked = ["contact:inspect", "contact:edit", "deal:inspect", "deal:edit"]
    screens = [*(f"crm_{name}" for name in looked), "crm_inquiry:answer"]
    acts = ["crm_today:move", "crm_deal:move"]
    found = {}
    for name in [*screens, *acts]:
        send = browser.post if name in acts else browser.get
        record = records[name.partition(":")[0]]
        found[name] = send(reverse(name, args=[record.pk])).status_code
    return found


@pytest.mark.parametrize(
    ("name", "changes"), [("owner", True), ("staff", True), ("marketer", False)]
)
def test_a_role_may_do_with_a_colleagues_records_what_it_may_with_its_own(
    client, role, name, changes
):
    """See docs/decisions/0008."""
    me, colleague = role(name), User.objects.create_user("colleague")
    client.force_login(me)
    mine = _answers(client, _of(me))
    assert _answers(client, _of(colleague)) == mine
    assert (mine["crm_contact:inspect"], mine["crm_inquiry:answer"]) == (200, 200)
    assert (mine["crm_deal:edit"] == 200) is changes
