"""Scores on screen: the list, the editor, what is in use, and a contact's points."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.test.utils.form_data import nested_form_data, streamfield

from crm_plugin import queue
from crm_plugin.journal import Change
from crm_plugin.models import Contact, ContactScore, Score, SensitiveView
from crm_plugin.scoring import ready_made
from crm_plugin.scoring.lines import read
from crm_plugin.scoring.refresh import refresh
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.factories import line

pytestmark = pytest.mark.django_db
NUTS = [line(condition("attribute", attribute="allergies", operator="filled"))]
CALLS = condition("touchpoints", kind="call", when="ever")
ASKS = [condition("score", score="warmth", how="at_least", number=5)]
ENGLISH = ("language", {"languages": "en"})


def form(*lines, name="Warmth", active="on"):
    """What the editor posts for lines of ``(fields, conditions)``."""
    fields = {"name": name, "name_ja": "", "description": "", "active": active}
    rows = [
        (
            "line",
            {
                **{"points": "5", "given": "once", "most": "", "half_life": ""},
                **said,
                "rule": streamfield(list(conditions)),
            },
        )
        for said, conditions in lines
    ]
    return {**fields, **nested_form_data({"lines": streamfield(rows)})}


def calls(**value):
    fields = ("channel", "direction", "phase", "tag", "days", "days_to")
    empty = dict.fromkeys((*fields, "from_on", "to_on"), "")
    counted = {"how": "at_least", "number": "1", "kind": "call", "when": "ever"}
    return ("touchpoints", {**empty, **counted, **value})


@pytest.fixture
def allergies():
    value = factories.taste(
        factories.ContactFactory(), "nuts", key="allergies", sensitive=True
    )
    return value.definition


@pytest.fixture
def warmth(contact):
    factories.TouchpointFactory(contact=contact, kind="call", at=timezone.now())
    lines = [line(CALLS, points=7, given="each", half_life=30)]
    score = factories.ScoreFactory(key="warmth", name="Warmth", lines=lines)
    refresh(score)
    return score


def test_a_marketer_adds_a_score_and_a_worker_works_it_out(login, role, contact):
    factories.TouchpointFactory(contact=contact, kind="call", at=timezone.now())
    data = form(({"given": "each", "most": "3", "half_life": "30"}, [calls()]))
    answer = login(role("marketer")).post(reverse("crm_score:add"), data)
    assert answer.status_code == 302
    queue.run_due("score")
    assert ContactScore.objects.get(score__name="Warmth").value == 5


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "minimum number of items"),
        ([({}, [])], "The rule is empty"),
        ([({"points": ""}, [ENGLISH])], "This field is required"),
        ([({"points": "2000"}, [ENGLISH])], "less than or equal to 1000"),
        ([({"given": "each"}, [ENGLISH])], "one single condition"),
        ([({"given": "each"}, [calls(how="at_most")])], "one single condition"),
        ([({}, [calls(when="last")])], "Please fill this in"),
        ([({}, [ENGLISH] * 51)] * 2, "A score holds at most 100 conditions."),
    ],
)
def test_lines_that_cannot_work_are_refused_and_nothing_is_lost(
    login, owner, lines, words
):
    answer = login(owner).post(reverse("crm_score:add"), form(*lines))
    text = answer.content.decode()
    assert not Score.objects.exists()
    assert words in text
    assert "Warmth" in text


def test_what_was_changed_is_told_in_words(login, owner, warmth):
    client = login(owner)
    data = form(({"points": "9"}, [ENGLISH]), name="Heat")
    client.post(reverse("crm_score:edit", args=[warmth.pk]), data)
    change = Change.objects.get(model="score", field="lines")
    assert change.new == "+9 points: language: English"
    told = client.get(reverse("crm_score:edit", args=[warmth.pk])).content.decode()
    assert "Warmth → Heat" in told
    queue.run_due("score")
    assert not ContactScore.objects.exists()


def test_segments_and_scores_are_not_offered_in_a_line(login, owner, warmth):
    inner = factories.SegmentFactory(key="inner")
    inner.rule = [condition("picked", segment="inner")]
    inner.save()
    page = login(owner).get(reverse("crm_score:add")).content.decode()
    assert "touchpoints" in page
    assert "among the top" not in page
    assert "became a member" not in page
    assert "hand-picked segment" not in page


def test_interest_in_a_topic_is_filled_in_so_far(login, owner):
    page = login(owner).get(reverse("crm_score:add") + "?ready=topic")
    form = page.context["form"]
    names = [row.value["rule"][0].block_type for row in form.initial["lines"]]
    assert names == ["pages_read", "messages", "site_searches"]
    assert not Score.objects.exists()


def test_what_came_filled_in_is_not_made_a_second_time_by_code(login, role):
    client = login(role("marketer"))
    url = reverse("crm_score:add") + "?ready=interest"
    page = client.get(url).content.decode()
    assert f'action="{url}"' in page
    client.post(url, form(({}, [ENGLISH]), name="How warm"))
    assert ready_made.ensure()["interest"].name == "How warm"
    client.post(url, form(({}, [ENGLISH]), name="Once more"))
    assert Score.objects.count() == 2


def test_an_empty_list_offers_interest_in_us_filled_in(login, role):
    client = login(role("marketer"))
    url = reverse("crm_score:add") + "?ready=interest"
    assert url in client.get(reverse("crm_score:index")).content.decode()
    form = client.get(url).context["form"]
    assert len(form.initial["lines"]) == 4
    assert [p for line in read(form.initial["lines"]) for p in line.problems()] == []


@pytest.mark.parametrize(
    ("asked", "how"),
    [
        ("min=5", "at least 5 points in “Warmth”"),
        ("max=7", "at most 7 points in “Warmth”"),
        ("min=7&s_warmth_max=7", "7 to 7 points in “Warmth”"),
        ("max=3&s_warmth_min=9", "3 to 9 points in “Warmth”"),
    ],
)
def test_contacts_are_narrowed_by_points_which_stand_in_a_column(
    login, owner, warmth, contact, asked, how
):
    other = factories.ContactFactory()
    ContactScore.objects.create(score=warmth, contact=other, value=-2000)
    address = f"{reverse('crm_contact:index')}?s_warmth_{asked}"
    html = login(owner).get(address).content.decode()
    assert how in html
    assert re.search(r">\s*7\s*</td>", html)
    assert ("-2000" in html) == ("max=7" in asked and "min" not in asked)


def test_points_are_one_query_more_and_only_where_they_are_asked_for(
    login, owner, warmth, contact
):
    client = login(owner)

    def asked(query):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{reverse('crm_contact:index')}?{query}")
        return sum("crm_plugin_contactscore" in one["sql"] for one in queries)

    assert asked("") == 0
    few = asked("s_warmth_min=1")
    for other in factories.ContactFactory.create_batch(3):
        ContactScore.objects.create(score=warmth, contact=other, value=7)
    assert asked("s_warmth_min=1") == few


def test_a_score_in_use_is_not_switched_off_and_says_where(login, owner, warmth):
    factories.SegmentFactory(name="Warm people", rule=ASKS)
    data = form(({}, [ENGLISH]), active="")
    answer = login(owner).post(reverse("crm_score:edit", args=[warmth.pk]), data)
    assert "Segment Warm people" in answer.content.decode()
    assert Score.objects.get().active


def test_a_score_in_use_is_not_deleted_and_says_where(login, owner, warmth):
    factories.SegmentFactory(name="Warm people", rule=ASKS)
    url = reverse("crm_score:delete", args=[warmth.pk])
    for answer in (login(owner).get(url), login(owner).post(url)):
        assert "Warm people" in answer.content.decode()
    assert Score.objects.exists()


def test_a_segment_that_somebody_may_not_see_is_not_named(
    login, role, warmth, allergies
):
    rule = [*ASKS, condition("attribute", attribute="allergies", operator="filled")]
    factories.SegmentFactory(name="Nut lovers", rule=rule)
    url = reverse("crm_score:delete", args=[warmth.pk])
    answer = login(role("marketer")).get(url).content.decode()
    assert "This score is in use" in answer
    assert "Nut lovers" not in answer


def test_a_score_that_nothing_asks_for_is_deleted_with_its_points(login, owner, warmth):
    login(owner).post(reverse("crm_score:delete", args=[warmth.pk]))
    assert not Score.objects.exists()
    assert not ContactScore.objects.exists()


def test_the_list_says_what_gives_points_and_draws_who_has_how_many(
    login, role, warmth
):
    factories.ContactFactory()
    refresh(warmth)
    page = login(role("staff")).get(reverse("crm_score:index")).content.decode()
    assert "+7 points for each: at least 1 touchpoint (call)" in page
    assert "Contacts by points" in page
    assert "Show as a table" in page
    assert "1 contact has no points." in page


def test_the_list_tells_a_line_that_cannot_be_evaluated(login, owner, warmth):
    gone = condition("uses", category="gone", how="at_least", number=1, when="ever")
    at = timezone.now()
    Score.objects.update(lines=[line(gone)], frozen_at=at)
    page = login(owner).get(reverse("crm_score:index")).content.decode()
    assert "The category “gone” is gone." in page or "gone" in page
    assert "The points stay as they were." in page
    home = login(owner).get(reverse("crm_home:index")).content.decode()
    assert "Segments and scores that stand still" in home
    assert f'<a href="{reverse("crm_score:index")}">Warmth</a>' in home


def test_the_list_asks_as_much_for_many_scores_as_for_one(login, owner, warmth):
    counts = []
    for number in (0, 5):
        factories.ScoreFactory.create_batch(number)
        with CaptureQueriesContext(connection) as queries:
            login(owner).get(reverse("crm_score:index"))
        counts.append(len(queries))
    assert counts[1] <= counts[0]


def test_a_sensitive_score_is_nowhere_without_the_right(
    login, role, allergies, contact
):
    score = factories.ScoreFactory(name="Nut lovers", lines=NUTS)
    refresh(score)
    client = login(role("marketer"))
    assert client.get(reverse("crm_score:edit", args=[score.pk])).status_code == 404
    for url in (
        reverse("crm_score:index"),
        contact.get_admin_url(),
        reverse("crm_contact:scores", args=[contact.pk]),
    ):
        assert "Nut lovers" not in client.get(url).content.decode()


def test_a_line_about_something_sensitive_needs_the_right(login, role, allergies):
    asks = {"attribute": "allergies", "operator": "filled"}
    others = ("number", "number_to", "text", "days", "days_to", "from_on", "to_on")
    fields = {**dict.fromkeys((*others, "when"), ""), "choices": [], **asks}
    data = form(({}, [("attribute", fields)]))
    login(role("marketer")).post(reverse("crm_score:add"), data)
    assert not Score.objects.exists()


def test_the_record_shows_points_and_what_gave_them(login, role, contact, warmth):
    client = login(role("staff"))
    record = client.get(contact.get_admin_url()).content.decode()
    assert "Warmth" in record
    assert "7 points" in record
    why = client.get(reverse("crm_contact:scores", args=[contact.pk])).content.decode()
    assert "+7 points" in why
    assert "1 time, last on" in why


def test_one_chosen_score_is_told_line_by_line_and_the_others_by_their_points(
    login, role, contact, warmth
):
    factories.ScoreFactory(key="cold", name="Cold", lines=[line(CALLS, points=-2)])
    client = login(role("staff"))
    url = reverse("crm_contact:scores", args=[contact.pk])
    page = client.get(url, {"score": "warmth"}).content.decode()
    assert "+7 points" in page
    assert "−2 points" not in page
    assert "?score=cold" in page
    assert "−2 points" in client.get(url, {"score": "cold"}).content.decode()


def test_a_score_that_is_unknown_or_hidden_or_off_is_not_told(
    login, role, contact, warmth, allergies
):
    factories.ScoreFactory(key="nuts", lines=NUTS)
    factories.ScoreFactory(key="off", active=False)
    client = login(role("marketer"))
    url = reverse("crm_contact:scores", args=[contact.pk])
    answers = [client.get(url, {"score": k}).status_code for k in ("x", "nuts", "off")]
    assert answers == [404, 404, 404]
    assert client.get(url, {"score": "warmth"}).status_code == 200


def test_what_gave_points_asks_as_much_for_many_scores_as_for_one(
    login, owner, contact, warmth
):
    client, counts = login(owner), []
    url = reverse("crm_contact:scores", args=[contact.pk])
    for number in (0, 6):
        factories.ScoreFactory.create_batch(number)
        with CaptureQueriesContext(connection) as queries:
            client.get(url, {"score": "warmth"})
        counts.append(len(queries))
    assert counts[1] <= counts[0]


def test_looking_at_a_sensitive_score_is_noted(login, owner, allergies):
    contact = Contact.objects.get()
    factories.ScoreFactory(name="Nut lovers", lines=NUTS)
    login(owner).get(reverse("crm_contact:scores", args=[contact.pk]))
    assert SensitiveView.objects.filter(contact=contact, screen="why").exists()
