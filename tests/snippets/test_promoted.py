"""The screens on which an editor says for whom a promoted result is."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.contrib.search_promotions.models import Query, SearchPromotion

from crm_plugin.personalisation import promoted
from crm_plugin.personalisation.models import PromotedFor
from tests.factories import SegmentFactory
from tests.filled import form_of
from tests.site_tree import plant

pytestmark = pytest.mark.django_db
RIGHT = "change_searchpromotion"


@pytest.fixture
def pages():
    return plant()


@pytest.fixture
def regulars(db):
    return SegmentFactory(key="regulars", name="Regulars", live=True)


@pytest.fixture
def diet(db):
    segment = SegmentFactory(key="diet", name="Peanut allergy", live=True)
    type(segment).objects.filter(pk=segment.pk).update(reads_sensitive=True)
    return segment


@pytest.fixture
def picks(pages):
    query = Query.get("table")
    return [
        SearchPromotion.objects.create(query=query, page_id=pages[name].pk)
        for name in ("dinner", "lunch")
    ]


@pytest.fixture
def editor(role, login):
    """A marketer who may promote results."""
    user = role("marketer")
    user.user_permissions.add(Permission.objects.get(codename=RIGHT))
    return login(user)


@pytest.fixture
def edit(url, picks):
    return url("crm_promoted:edit", picks[0].query_id)


def name(pick):
    return f"pick-{pick.pk}"


def chosen():
    return sorted(PromotedFor.objects.values_list("pick_id", "segment__key"))


def test_an_editor_chooses_the_segment_of_one_pick(editor, edit, url, picks, regulars):
    html = editor.get(edit).text
    assert "Dinner" in html
    assert "Regulars" in html
    shown = editor.post(edit, {name(picks[0]): [regulars.pk]}, follow=True).text
    assert chosen() == [(picks[0].pk, "regulars")]
    assert "Regulars" in shown
    assert "everybody" in shown


def test_the_form_shows_what_stands_and_what_was_changed(
    editor, edit, picks, regulars, owner
):
    promoted.show_to(picks[0], [regulars], by=owner)
    html = editor.get(edit).text
    assert "checked" in html
    assert "everybody → Regulars" in html


def test_who_saves_second_is_told_and_keeps_the_ticks(editor, edit, picks, regulars):
    other = SegmentFactory(key="guests", name="Lunch guests", live=True)
    opened, _typed = form_of(editor.get(edit).text)
    promoted.show_to(picks[0], [other], by=None)
    told = editor.post(edit, {**opened, name(picks[0]): [regulars.pk]}).text
    assert "Somebody else saved this record while you were typing." in told
    assert "<dd>Lunch guests</dd>" in told
    assert chosen() == [(picks[0].pk, "guests")]
    kept, _typed = form_of(told)
    assert kept[name(picks[0])] == [str(regulars.pk)]
    assert editor.post(edit, kept).status_code == 302
    assert chosen() == [(picks[0].pk, "regulars")]


def test_older_changes_are_told_on_a_further_page(editor, edit, picks, regulars, owner):
    for number in range(31):
        promoted.show_to(picks[0], [] if number % 2 else [regulars], by=owner)
    answer = editor.get(edit)
    older = answer.context["told"].older
    assert len(answer.context["told"]) == 30
    assert f"?changes_before={older}#told-changes" in answer.text
    answer = editor.get(edit, {"changes_before": older})
    (oldest,) = answer.context["told"]
    assert [words for _label, words in oldest.lines] == ["everybody → Regulars"]


def test_without_a_tick_it_is_for_everybody_again(editor, edit, picks, regulars):
    promoted.show_to(picks[0], [regulars], by=None)
    editor.post(edit, {})
    assert chosen() == []


def test_a_segment_that_one_may_not_see_stays_chosen(
    editor, edit, picks, regulars, diet
):
    promoted.show_to(picks[0], [diet], by=None)
    html = editor.get(edit).text
    assert "Peanut" not in html
    assert "Somebody with more rights" in html
    editor.post(edit, {name(picks[0]): [regulars.pk]})
    assert chosen() == [(picks[0].pk, "diet"), (picks[0].pk, "regulars")]


def test_a_segment_that_one_may_not_see_cannot_be_chosen(editor, edit, picks, diet):
    assert "error" in editor.post(edit, {name(picks[0]): [diet.pk]}).text
    assert chosen() == []


def test_the_list_names_no_sensitive_segment(editor, url, picks, diet, login, owner):
    promoted.show_to(picks[0], [diet], by=None)
    index = url("crm_promoted:index")
    html = editor.get(index).text
    assert "Peanut" not in html
    assert f"sensitive segment no. {diet.pk}" in html
    assert "Peanut allergy" in login(owner).get(index).text


def test_wagtails_own_screen_leads_there(editor, edit, url, picks, login, owner):
    wagtails = url("wagtailsearchpromotions:edit", picks[0].query_id)
    assert edit in editor.get(wagtails).text
    menu = editor.get(url("wagtailadmin_home")).text
    assert url("crm_promoted:index") in menu


@pytest.mark.parametrize("right", [RIGHT, "view_segment"])
def test_one_right_alone_is_not_enough(login, outsider, url, edit, right):
    outsider.user_permissions.add(Permission.objects.get(codename=right))
    client = login(outsider)
    for where in (url("crm_promoted:index"), edit):
        assert client.get(where).status_code == 302
    assert url("crm_promoted:index") not in client.get(url("wagtailadmin_home")).text


def test_words_that_nothing_is_promoted_for_are_not_there(editor, url):
    assert editor.get(url("crm_promoted:edit", Query.get("x").pk)).status_code == 404


def test_without_any_the_list_says_what_to_do(editor, url):
    assert "Promote one first" in editor.get(url("crm_promoted:index")).text


def test_deleting_a_segment_in_use_says_where(login, owner, picks, regulars, edit, url):
    promoted.show_to(picks[0], [regulars], by=None)
    html = login(owner).post(url("crm_segment:delete", regulars.pk), follow=True).text
    assert "cannot be deleted." in html
    assert "It is used here" in html
    assert edit in html


def test_the_number_of_queries_does_not_grow(editor, url, picks, pages, regulars):
    index = url("crm_promoted:index")
    promoted.show_to(picks[0], [regulars], by=None)
    editor.get(index)
    before = count(editor, index)
    for word in ("a", "b", "c"):
        pick = SearchPromotion.objects.create(
            query=Query.get(word), page_id=pages["about"].pk
        )
        other = SegmentFactory(key=word, live=True)
        promoted.show_to(pick, [regulars, other], by=None)
    assert count(editor, index) == before


def test_the_form_costs_as_much_for_many_results_as_for_two(
    editor, edit, picks, pages, regulars, diet
):
    promoted.show_to(picks[0], [regulars, diet], by=None)
    editor.get(edit)
    before = count(editor, edit)
    for _each in range(4):
        pick = SearchPromotion.objects.create(
            query=picks[0].query, page_id=pages["about"].pk
        )
        promoted.show_to(pick, [regulars, diet], by=None)
    assert count(editor, edit) == before


def count(client, address):
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return len(asked)
