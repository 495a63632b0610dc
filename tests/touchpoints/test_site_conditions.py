"""Rules about pages read and words searched for."""

import datetime as dt

import pytest
from django.utils import timezone, translation
from wagtail.models import Locale, Page

from crm_plugin import rules
from crm_plugin.segments.ready_made import condition
from crm_plugin.touchpoints.models import PageRead
from tests.factories import ContactFactory, TouchpointFactory
from tests.site_tree import plant

pytestmark = pytest.mark.django_db
COUNT = {"how": "at_least", "number": 1, "when": "ever", "days": None}
NOWHERE = {"page": None, "page_type": "", "tag": ""}


@pytest.fixture
def pages(db):
    return plant()


def read(contact, page, *, days_ago=0):
    at = timezone.now() - dt.timedelta(days=days_ago)
    return PageRead.objects.create(
        contact=contact, page_id=page.pk, on=timezone.localdate(at), at=at
    )


def reads(**value):
    page = value.pop("page", None)
    return [
        condition(
            "pages_read",
            **{**COUNT, **NOWHERE, **value, "page": page.pk if page else None},
        )
    ]


def searches(**value):
    return [condition("site_searches", **{**COUNT, "words": "", "found": "", **value})]


def chosen(rule):
    return set(rules.compile_rule(rule))


def test_at_least_three_pages_below_lunch_in_thirty_days(contact, pages):
    rule = reads(where="below", page=pages["menu"], number=3, when="last", days=30)
    for name in ("menu", "lunch"):
        read(contact, pages[name])
    read(contact, pages["dinner"], days_ago=40)
    assert chosen(rule) == set()
    read(contact, pages["dinner"])
    assert chosen(rule) == {contact.pk}


def test_moving_the_section_changes_nobodys_membership(contact, pages):
    """Row I-10: the tree is meant, not its addresses."""
    rule = reads(where="below", page=pages["menu"])
    read(contact, pages["lunch"])
    pages["menu"].move(pages["about"], pos="last-child")
    menu = Page.objects.get(pk=pages["menu"].pk)
    menu.slug = "what-there-is"
    menu.save()
    assert chosen(rule) == {contact.pk}


def test_a_page_that_leaves_the_section_counts_no_more(contact, pages):
    read(contact, pages["lunch"])
    Page.objects.get(pk=pages["lunch"].pk).move(pages["about"], pos="last-child")
    assert chosen(reads(where="below", page=pages["menu"])) == set()


def test_what_is_read_in_another_language_counts(contact, pages):
    japanese, _new = Locale.objects.get_or_create(language_code="ja")
    for name in ("front", "menu", "lunch"):
        copy = pages[name].copy_for_translation(japanese, copy_parents=True)
    read(contact, copy)
    assert chosen(reads(where="below", page=pages["menu"])) == {contact.pk}
    assert chosen(reads(where="page", page=pages["lunch"])) == {contact.pk}


def test_pages_by_type_and_by_tag(contact, pages):
    read(contact, pages["vegan"])
    assert chosen(reads(where="type", page_type="example.NewsPage")) == {contact.pk}
    assert chosen(reads(where="type", page_type="example.MenuPage")) == set()
    assert chosen(reads(where="tag", tag="Vegan")) == {contact.pk}
    assert chosen(reads(where="tag", tag="wine")) == set()


def test_none_means_everybody_else(contact, pages):
    other = ContactFactory()
    read(contact, pages["lunch"])
    assert chosen(reads(where="any", how="none")) == {other.pk}


def test_a_page_that_is_gone_is_a_problem_and_chooses_nobody(contact, pages):
    rule = reads(where="below", page=pages["menu"])
    pages["menu"].delete()
    assert rules.problems(rule)
    with pytest.raises(rules.BrokenRule):
        chosen(rule)


def test_farther_back_than_it_is_kept_is_a_problem(pages, settings):
    settings.CRM_BEHAVIOUR_DAYS = 90
    rule = reads(where="any", when="last", days=180)
    (problem,) = rules.problems(rule, object())
    assert "kept for 90 days" in problem


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"words": "gift"}, True),
        ({"words": "ＧＩＦＴ"}, True),
        ({"words": "wine"}, False),
        ({"found": "nothing"}, True),
        ({"found": "something"}, False),
        ({"words": "gift", "number": 2}, True),
        ({"words": "gift", "number": 3}, False),
    ],
)
def test_searching_for_a_gift_twice_is_seen(contact, asked, found):
    """Row I-11."""
    for words in ("gift", "Gift wrapping"):
        TouchpointFactory(
            contact=contact, kind="search", summary=words, result="nothing"
        )
    assert chosen(searches(**asked)) == ({contact.pk} if found else set())


def test_hiragana_finds_katakana(contact):
    TouchpointFactory(contact=contact, kind="search", summary="ギフト")
    assert chosen(searches(words="ぎふと")) == {contact.pk}


def test_sentences(pages):
    assert rules.sentence(
        reads(where="below", page=pages["menu"], number=3, when="last", days=30)
    ) == ("People with at least 3 pages read (“Menu” or below) in the last 30 days")
    assert rules.sentence(searches(words="gift", found="nothing")) == (
        "People with at least 1 site search for “gift” without a result"
    )
    assert "(tag: vegan)" in rules.sentence(reads(where="tag", tag="vegan"))
    assert "(type: Menu page)" in rules.sentence(
        reads(where="type", page_type="example.MenuPage")
    )


def test_sentences_in_japanese(pages):
    with translation.override("ja"):
        said = rules.sentence(
            reads(where="below", page=pages["menu"], number=3, when="last", days=30)
        )
        assert "Menu" in said
        assert "pages read" not in said
        assert "site search" not in rules.sentence(searches(words="gift"))
