"""The preview panel: every part on screen, whose turn it is, and who may know what."""

import datetime as dt
import uuid

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from wagtail.models import Page

from crm_plugin import queue, rules
from crm_plugin.campaigns.launch import launch
from crm_plugin.contacts import data_map
from crm_plugin.contacts.models.people import ContactQuerySet
from crm_plugin.models import PreviewTurn
from crm_plugin.segments import data_known, impact, overlap, schemes, turns
from crm_plugin.segments.refresh import refresh
from example.models import HomePage
from tests import factories
from tests.campaigns.conftest import make_campaign, personalised, text
from tests.personalisation.site import personal
from tests.snippets.test_segments import ENGLISH, condition, form, in_group, last_use

pytestmark = pytest.mark.django_db
ASKED = {"in_preview_panel": "true"}
READ_JAPANESE = ("language", {"languages": "ja"})


@pytest.fixture
def english():
    factories.ContactFactory.create_batch(2, language="en")
    segment = factories.SegmentFactory(key="english", name="English", rule=ENGLISH)
    refresh(segment)
    return segment


@pytest.fixture
def look(client, owner):
    """What the panel shows of a rule, to the owner unless somebody else looks."""

    def make(segment, *blocks, by=owner, **asked):
        client.force_login(by)
        url = reverse("crm_segment:preview_on_edit", args=[segment.pk])
        client.post(url, form(*blocks))
        return client.get(url, {**ASKED, **asked}).text

    return make


def page_for(segment, title="Lunch page"):
    block = personal(([segment], [], "LUNCH"), default="NEWS")
    for stream in (block["value"]["default"], *_contents(block)):
        for child in stream:
            child.update(type="text", value=f"<p>{child['value']}</p>")
    page = HomePage(
        title=title, slug=title.lower().replace(" ", "-"), tagline="x", body=[block]
    )
    Page.objects.get(depth=1).add_child(instance=page)
    return page


def _contents(block):
    return [variant["value"]["content"] for variant in block["value"]["variants"]]


def test_it_names_the_pages_campaigns_and_segments_that_it_touches(look, english):
    page = page_for(english)
    rests = [condition("segment", segment="english", state="in")]
    further = factories.SegmentFactory(key="further", name="Further", rule=rests)
    campaign = factories.CampaignFactory(name="To them")
    campaign.include_segments.add(further)
    campaign.save()
    seen = look(english, READ_JAPANESE)
    for words, place in (
        ("Lunch page", reverse("wagtailadmin_pages:edit", args=[page.pk])),
        ("Further", reverse("crm_segment:edit", args=[further.pk])),
        ("To them", reverse("crm_campaign:edit", args=[campaign.pk])),
    ):
        assert f'<a href="{place}" target="_blank" rel="noopener">{words}</a>' in seen


def test_whoever_may_not_open_a_page_is_told_only_that_there_is_one(
    look, english, role
):
    page_for(english, title="Secret plan")
    seen = look(english, READ_JAPANESE, by=role("marketer"))
    assert "Secret plan" not in seen
    assert '<dd class="note">1</dd>' in seen


def test_a_sensitive_segment_that_rests_on_it_is_not_named_to_others(
    look, english, role
):
    person = factories.ContactFactory()
    factories.taste(person, "nuts", key="allergies", sensitive=True)
    rule = [
        condition("segment", segment="english", state="in"),
        condition("attribute", attribute="allergies", operator="filled"),
    ]
    factories.SegmentFactory(name="Allergic English", rule=rule)
    seen = look(english, READ_JAPANESE, by=role("marketer"))
    assert "Allergic English" not in seen
    assert '<dd class="note">1</dd>' in seen


def _page_touched(seen):
    return seen[seen.index('class="touched"') : seen.index("</dl>")]


@pytest.mark.parametrize("named", [True, False])
def test_a_launch_for_a_later_hour_is_told_with_its_hour(look, english, owner, named):
    """With its campaign while that names the segment too, else by itself."""
    at = dt.datetime(2099, 7, 1, 0, 30, tzinfo=dt.UTC)
    campaign = make_campaign([text("NEWS")], include=[english])
    mailing = launch(campaign, by=owner, key=uuid.uuid4(), at=at)
    if not named:
        campaign.include_segments = []
        campaign.save()
    seen = _page_touched(look(english, READ_JAPANESE))
    when = date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
    assert seen.count(f"1 scheduled mailing, on {when}") == 1
    assert "<small>1 scheduled</small>" in seen
    assert reverse("crm_campaign:mailing", args=[mailing.public_id]) in seen
    assert ("Campaigns" in seen) is named
    assert ("Mailings" in seen) is not named


def test_a_launch_that_shows_the_segment_something_else_is_told_too(
    look,
    english,
    owner,
):
    at = timezone.now() + dt.timedelta(days=1)
    shown = personalised(([english], [], [text("LUNCH")]), default=[text("NEWS")])
    campaign = make_campaign([shown])
    launch(campaign, by=owner, key=uuid.uuid4(), at=at)
    version = campaign.versions.get()
    version.body = [text("NEWS")]
    version.save()
    assert "1 scheduled mailing, on" in look(english, READ_JAPANESE)


def test_whoever_may_not_see_campaigns_is_told_that_a_mailing_waits_but_not_when(
    look, english, owner, outsider
):
    at = timezone.now() + dt.timedelta(days=1)
    campaign = make_campaign([text("NEWS")], include=[english])
    launch(campaign, by=owner, key=uuid.uuid4(), at=at)
    for codename in ("access_admin", "change_segment", "view_segment"):
        outsider.user_permissions.add(Permission.objects.get(codename=codename))
    seen = _page_touched(look(english, READ_JAPANESE, by=outsider))
    assert "<dt>Mailings</dt>" in seen
    assert "scheduled" not in seen


def test_live_places_are_counted_apart_from_drafts(look, english):
    page_for(english, title="Lunch page")
    draft = page_for(english, title="Later page")
    draft.unpublish()
    seen = _page_touched(look(english, READ_JAPANESE))
    assert "Pages <small>1 live</small>" in seen
    assert "<small>(draft)</small>" in seen


@pytest.fixture
def kinds(owner):
    for language, heard in (("en", "search"), ("en", "sns"), ("ja", "search")):
        factories.ContactFactory(language=language, heard_from=heard)
    scheme = schemes.create(
        "kinds",
        "Kinds",
        classes=[
            {"key": "english", "name": "English", "rule": ENGLISH},
            {
                "key": "found",
                "name": "Found us",
                "rule": [condition("heard_from", answers=["search"])],
            },
        ],
        by=owner,
    )
    queue.run_due("segment")
    return scheme


def test_a_class_says_what_the_other_groups_get_and_lose(look, kinds):
    seen = look(kinds.classes.get(key="english"), READ_JAPANESE)
    told = seen[seen.index("Then the other groups of “Kinds”") :]
    told = " ".join(told[: told.index("</table>")].split()).replace(" <", "<")
    assert "Found us</a></th><td>+1</td><td>−1</td>" in told
    assert "Everybody else</a></th><td>+1</td><td>0</td>" in told


def test_what_uses_the_groups_behind_it_changes_too(look, kinds):
    page_for(kinds.classes.get(key="found"), title="For finders")
    seen = look(kinds.classes.get(key="english"), READ_JAPANESE)
    assert "For finders" in _page_touched(seen)
    seen = look(kinds.classes.get(rest=True))
    assert "For finders" not in seen


def test_a_class_that_is_not_counted_in_time_says_so(look, kinds, monkeypatch):
    monkeypatch.setattr(impact, "SECONDS", 0)
    seen = look(kinds.classes.get(key="english"), READ_JAPANESE)
    assert "would get and lose was not counted in time" in seen


def test_a_class_whose_rule_is_broken_is_named(look, kinds):
    gone = [condition("attribute", attribute="gone", operator="filled")]
    kinds.classes.filter(key="found").update(rule=gone)
    seen = look(kinds.classes.get(key="english"), READ_JAPANESE)
    assert "The rule of “Found us” cannot be evaluated" in seen


def test_a_segment_that_nothing_uses_says_so(look, english):
    assert "No page, campaign or other segment uses it yet." in look(
        english, READ_JAPANESE
    )


def test_it_says_how_much_is_known_and_in_which_segments_they_are_too(look, english):
    one = factories.ContactFactory(language="ja")
    factories.taste(one, "lunch")
    hungry = [condition("attribute", attribute="taste", operator="filled")]
    refresh(factories.SegmentFactory(name="Hungry", rule=hungry))
    data_map.count_all()
    blank = {"from_on": "", "to_on": "", "text": "", "number": "", "number_to": ""}
    asks = {"attribute": "taste", "operator": "filled", "when": "last", "years": "2"}
    seen = look(english, ("attribute", {**asks, **blank, "days": "", "days_to": ""}))
    known = seen[seen.index('id="known"') :]
    assert "<td>33 %</td>" in known
    assert '<rect class="bar" width="33"' in known
    shared = seen[seen.index('id="shared"') :]
    assert "Hungry" in shared
    assert "1 <small>(100 %)</small>" in shared


def test_everybody_is_pointed_out(look, english):
    seen = look(english, ("language", {"languages": ("en", "ja")}))
    assert "This is everybody." in seen


def test_what_was_not_counted_in_time_is_said_in_words(look, english, monkeypatch):
    monkeypatch.setattr(impact, "SECONDS", 0)
    seen = look(english, READ_JAPANESE)
    assert "not counted in time" in seen
    assert "Nobody yet" not in seen


class TooSlow:
    """A query that nobody waits for."""

    def filter(self, **_where):
        return self

    def order_by(self, *_fields):
        return self

    def __getitem__(self, _range):
        raise rules.TookTooLong


def too_long(*_args, **_more):
    raise rules.TookTooLong


NAMES_LATE = "The names could not be read in time."
NO_RIGHT = "You do not have the right to see names."


def test_names_that_took_too_long_are_not_said_to_be_forbidden(
    look, english, monkeypatch
):
    factories.ContactFactory(language="ja")
    monkeypatch.setattr(ContactQuerySet, "visible_to", lambda *_args: TooSlow())
    seen = look(english, READ_JAPANESE)
    assert NO_RIGHT not in seen
    # Of the sample, of who would enter and of who would leave.
    assert seen.count(NAMES_LATE) == 3


def test_who_may_not_see_names_is_told_that_and_not_that_they_took_long(
    look, english, outsider
):
    for codename in ("change_segment", "view_segment"):
        outsider.user_permissions.add(Permission.objects.get(codename=codename))
    factories.ContactFactory(language="ja")
    seen = look(english, READ_JAPANESE, by=outsider)
    assert NO_RIGHT in seen
    assert NAMES_LATE not in seen


@pytest.mark.parametrize(("part", "room"), [("known", data_known), ("shared", overlap)])
def test_a_part_that_took_too_long_says_so_under_its_heading(
    look, english, monkeypatch, part, room
):
    factories.ContactFactory(language="ja")
    monkeypatch.setattr(room, part, too_long)
    told = look(english, READ_JAPANESE).split(f'<h2 id="{part}">')[1]
    assert "This could not be counted in time." in told.split("</section>")[0]


def test_what_nobody_asked_is_not_said_to_have_taken_too_long(
    look, english, monkeypatch
):
    monkeypatch.setattr(data_known, "known", too_long)
    monkeypatch.setattr(overlap, "shared", too_long)
    monkeypatch.setattr(rules, "things", lambda _rule: set())
    assert "could not be counted" not in look(english, READ_JAPANESE)


def test_while_others_are_counted_the_last_figure_is_shown_and_asked_again(
    look, english, role, owner
):
    look(english, ("language", {"languages": "en"}))
    with turns.turn(role("marketer")), turns.turn(role("staff")):
        seen = look(english, READ_JAPANESE)
    assert "This is being counted" in seen
    assert 'role="status"' in seen
    assert "data-again=" in seen
    assert "<strong>2" in seen
    assert "before your newest change" in seen
    seen = look(english, READ_JAPANESE, again="1")
    assert "data-again=" not in seen
    assert "<strong>0" in seen


def test_the_figure_of_one_segment_is_not_shown_for_another(look, english, role):
    look(english, ("language", {"languages": "en"}))
    other = factories.SegmentFactory(name="Other", rule=ENGLISH)
    with turns.turn(role("marketer")), turns.turn(role("staff")):
        seen = look(other, READ_JAPANESE)
    assert "<strong>" not in seen


def test_a_rule_changed_in_another_window_is_asked_anew(
    look, english, owner, monkeypatch
):
    """The newer request stands in the table while the older one is being counted."""
    begin = impact.choose

    def meanwhile(*args):
        with turns.turn(owner):
            return begin(*args)

    monkeypatch.setattr(impact, "choose", meanwhile)
    seen = look(english, READ_JAPANESE)
    assert "data-again=" in seen
    assert not PreviewTurn.objects.exclude(place=None).exists()


def test_a_figure_of_a_sensitive_rule_is_not_kept_for_who_may_not_know(
    look, english, role
):
    factories.taste(factories.ContactFactory(), "nuts", key="allergies", sensitive=True)
    marketer = role("marketer")
    english.rule = [condition("attribute", attribute="allergies", operator="filled")]
    english.save_revision()
    look(english, by=marketer)
    assert not PreviewTurn.objects.filter(user=marketer).exclude(figure={}).exists()


def test_the_panel_asks_as_much_for_many_contacts_and_places_as_for_few(look, english):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            look(english, READ_JAPANESE)
        return len(queries)

    page_for(english, title="Page 0")
    _rest_on(english)
    factories.ContactFactory(language="ja")
    look(english, READ_JAPANESE)
    few = asked()
    factories.ContactFactory.create_batch(30, language="ja")
    for number in range(1, 4):
        page_for(english, title=f"Page {number}")
        _rest_on(english)
    assert asked() <= few


def _rest_on(segment):
    rests = [condition("segment", segment=segment.key, state="in")]
    further = factories.SegmentFactory(rule=rests)
    campaign = factories.CampaignFactory()
    campaign.include_segments.add(further)
    campaign.save()


def test_an_unfinished_rule_is_answered_too(look, english):
    seen = look(english, in_group("any", last_use(when="last")))
    assert "Please fill this in" in seen
