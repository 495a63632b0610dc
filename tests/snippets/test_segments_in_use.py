"""A segment in use is neither deleted nor withdrawn, and the reader is told by what."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from crm_plugin import rules
from crm_plugin.models import Segment, SegmentScheme
from crm_plugin.segments import places, schemes
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.snippets.test_segments import ENGLISH, form
from tests.snippets.test_segments_preview import page_for

pytestmark = pytest.mark.django_db
DOINGS = ("delete", "unpublish")
RESTS = [condition("segment", segment="english", state="in")]


@pytest.fixture
def english():
    segment = factories.SegmentFactory(key="english", name="English", rule=ENGLISH)
    segment.save_revision().publish()
    return segment


def campaign_for(segment, *, draft):
    campaign = factories.CampaignFactory(name="Spring")
    campaign.include_segments = [segment]
    if draft:
        campaign.save_revision()
    else:
        campaign.save()


def segment_for(segment, *, draft):
    rule = ENGLISH if draft else RESTS
    other = factories.SegmentFactory(key="other", name="Other", rule=rule)
    if draft:
        other.rule = RESTS
        other.save_revision()


def page_on(segment, *, draft):
    page = page_for(segment)
    if draft:
        body, page.body = page.body, []
        page.save()
        page.body = body
        page.save_revision()


USERS = {"Spring": campaign_for, "Other": segment_for, "Lunch page": page_on}


@pytest.fixture(params=USERS)
def used_by(request):
    return request.param


def still_there(segment):
    return Segment.objects.filter(pk=segment.pk, live=True).exists()


@pytest.mark.parametrize("doing", DOINGS)
@pytest.mark.parametrize("draft", [False, True])
def test_what_is_used_stays_and_its_places_are_named(
    client, owner, english, used_by, draft, doing
):
    USERS[used_by](english, draft=draft)
    client.force_login(owner)
    url = reverse(f"crm_segment:{doing}", args=[english.pk])
    for answer in (client.get(url), client.post(url)):
        assert used_by in answer.text
        assert "take it out there first" in answer.text
    assert still_there(english)


@pytest.mark.parametrize("draft", [False, True])
def test_the_usage_screen_names_each_place_and_where_in_it(
    client, owner, english, used_by, draft
):
    USERS[used_by](english, draft=draft)
    client.force_login(owner)
    page = client.get(reverse("crm_segment:usage", args=[english.pk])).text
    where = {
        "Spring": "Send to",
        "Other": "Rule → Segment",
        "Lunch page": "→ Personalised",
    }
    assert used_by in page
    assert ("In a draft" if draft else where[used_by]) in page


def test_a_version_that_waits_for_its_hour_counts_behind_a_newer_draft(english):
    page = page_for(english)
    body, page.body = page.body, []
    page.save_revision().publish()
    page.body = body
    page.save_revision(approved_go_live_at=timezone.now())
    page.body = []
    page.save_revision()
    assert [pk for _model, pk in places.uses(english)] == [str(page.pk)]


def test_one_that_nobody_uses_is_unpublished(client, owner, english):
    client.force_login(owner)
    url = reverse("crm_segment:unpublish", args=[english.pk])
    assert client.get(url).status_code == 200
    client.post(url)
    assert not still_there(english)


@pytest.mark.parametrize("used", [False, True])
def test_an_end_by_the_clock_is_for_one_that_nobody_uses(client, owner, english, used):
    if used:
        campaign_for(english, draft=False)
    client.force_login(owner)
    at = timezone.now() + timezone.timedelta(days=3)
    data = form(("language", {"languages": ["en"]}), name="English")
    data["expire_at"] = at.strftime("%Y-%m-%d %H:%M")
    answer = client.post(reverse("crm_segment:edit", args=[english.pk]), data)
    english.refresh_from_db()
    waits = bool(english.latest_revision.content["expire_at"])
    assert waits is not used
    if used:
        assert "take it out there first: Campaign “Spring”" in answer.text


def test_a_draft_that_no_longer_names_it_does_not_hold_it(english):
    segment_for(english, draft=True)
    other = Segment.objects.get(key="other")
    other.rule = ENGLISH
    other.save_revision()
    assert places.uses(english) == {}


def test_the_drafts_of_many_cost_as_many_queries_as_those_of_one(english):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            found = places.places(english, None)
        assert found
        return len(queries)

    segment_for(english, draft=True)
    cost()  # what is read once in a process
    one = cost()
    for number in range(5):
        other = factories.SegmentFactory(key=f"more-{number}", rule=ENGLISH)
        other.rule = RESTS
        other.save_revision()
    assert cost() == one


@pytest.mark.parametrize("doing", DOINGS)
def test_the_rest_of_a_scheme_stays_as_long_as_its_scheme(client, owner, doing):
    scheme = schemes.create("kinds", "Kinds", by=owner)
    rest = scheme.classes.get(rest=True)
    client.force_login(owner)
    url = reverse(f"crm_segment:{doing}", args=[rest.pk])
    for answer in (client.get(url), client.post(url)):
        assert "everybody whom no other group of “Kinds” takes" in answer.text
    assert still_there(rest)
    assert SegmentScheme.objects.exists()


class TestSwitchingOff:
    """No screen does it; whoever does it by code is told the same."""

    def off(self, segment, **how):
        segment.active = False
        segment.save(**how)

    def still_on(self, segment):
        return Segment.objects.get(pk=segment.pk).in_force

    @pytest.mark.parametrize("how", [{}, {"update_fields": ["active"]}])
    @pytest.mark.parametrize("draft", [False, True])
    def test_what_is_used_stays_on_and_its_places_are_named(
        self, english, used_by, draft, how
    ):
        USERS[used_by](english, draft=draft)
        with pytest.raises(rules.BrokenRule, match="take it out there.*" + used_by):
            self.off(english, **how)
        assert self.still_on(english)

    def test_a_version_that_switches_it_off_is_not_published(self, english):
        campaign_for(english, draft=False)
        english.active = False
        revision = english.save_revision()
        with pytest.raises(rules.BrokenRule, match="cannot be switched off.*Spring"):
            revision.publish()
        assert self.still_on(english)

    def test_the_clock_publishes_no_such_version_and_goes_on(self, english):
        campaign_for(english, draft=False)
        english.active = False
        english.save_revision(approved_go_live_at=timezone.now())
        other = factories.SegmentFactory(key="other", rule=ENGLISH, live=False)
        other.save_revision(approved_go_live_at=timezone.now())
        call_command("publish_scheduled")
        assert self.still_on(english)
        assert still_there(other)

    def test_one_that_reads_something_sensitive_is_not_named(self, english):
        factories.taste(factories.ContactFactory(), "nuts", key="ills", sensitive=True)
        ill = condition("attribute", attribute="ills", operator="filled")
        factories.SegmentFactory(key="other", name="Allergic", rule=[*RESTS, ill])
        with pytest.raises(rules.BrokenRule) as refused:
            self.off(english)
        assert str(refused.value).endswith("take it out there first: Segment")

    def test_the_rest_of_a_scheme_stays_on_as_long_as_its_scheme(self, owner):
        rest = schemes.create("kinds", "Kinds", by=owner).classes.get(rest=True)
        with pytest.raises(rules.BrokenRule, match="no other group of “Kinds” takes"):
            self.off(rest)
        assert self.still_on(rest)

    def test_one_that_nobody_uses_is_switched_off(self, english):
        self.off(english)
        assert not self.still_on(english)

    def test_one_that_is_not_in_force_is_switched_off(self, english):
        campaign_for(english, draft=False)
        Segment.objects.update(live=False)
        english.refresh_from_db()
        self.off(english)
        assert not Segment.objects.get(pk=english.pk).active

    def test_one_that_is_off_is_renamed_whoever_uses_it(self, english):
        campaign_for(english, draft=False)
        Segment.objects.update(active=False)
        english.refresh_from_db()
        english.name = "Renamed"
        english.save()
        assert Segment.objects.get(pk=english.pk).name == "Renamed"

    def test_in_japanese_too(self, english):
        campaign_for(english, draft=False)
        with (
            translation.override("ja"),
            pytest.raises(rules.BrokenRule, match="「English」は無効にできません。"),
        ):
            self.off(english)
