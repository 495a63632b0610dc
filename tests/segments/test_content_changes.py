"""Pages move, get tags and go, owners leave: no contact changed, answers do."""

import pytest
from django.contrib.auth.models import User
from taggit.models import Tag

from crm_plugin import queue
from crm_plugin.contacts import changes
from crm_plugin.models import ContactChange, PageRead, SegmentMembership
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh
from tests import factories
from tests.rules.world import NOON
from tests.site_tree import plant

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(db):
    return plant()


@pytest.fixture
def read(pages, contact):
    """A contact who has read the page of that name."""

    def one(name):
        page = pages[name]
        PageRead.objects.create(contact=contact, page_id=page.pk, on=NOON, at=NOON)
        return page

    return one


def asks(**value):
    value = {"page": None, "page_type": "", "tag": "", **value}
    return condition("pages_read", how="at_least", number=1, when="ever", **value)


def follows():
    """What a worker does meanwhile; whether it had anything to do."""
    work = queue.Work.objects.exists()
    queue.run_due("score", "segment")
    return work


def members(segment):
    stays = SegmentMembership.objects.filter(segment=segment, left_at=None)
    return stays.count()


@pytest.fixture
def below_news(pages):
    segment = factories.SegmentFactory(
        rule=[asks(where="below", page=pages["news"].pk)]
    )
    refresh(segment)
    return segment


@pytest.fixture
def vegan(pages):
    segment = factories.SegmentFactory(rule=[asks(where="tag", tag="vegan")])
    refresh(segment)
    return segment


def test_a_page_moved_into_a_section_brings_its_readers_along(read, pages, below_news):
    about = read("about")
    about.move(pages["news"], pos="last-child")
    assert follows()
    assert members(below_news) == 1
    about.refresh_from_db()
    about.move(pages["front"], pos="last-child")
    follows()
    assert members(below_news) == 0


def test_a_page_that_only_changes_its_place_among_others_is_no_work(
    read, pages, below_news
):
    read("about").move(pages["menu"], pos="left")
    assert not follows()


def test_a_tag_that_is_published_or_taken_off_is_followed(read, vegan):
    page = read("vegan")
    refresh(vegan)
    assert members(vegan) == 1
    for tags, number in (([], 0), (["Vegan"], 1)):
        page.tags.set(tags)
        page.save_revision().publish()
        assert follows()
        assert members(vegan) == number


def test_publishing_without_another_tag_is_no_work(read, vegan):
    read("vegan").save_revision().publish()
    assert not follows()


def test_a_tag_that_is_renamed_or_deleted_is_followed(read, vegan):
    read("vegan")
    refresh(vegan)
    Tag.objects.get().save()
    tag = Tag.objects.get()
    tag.name = "meat"
    tag.save()
    assert follows()
    assert members(vegan) == 0
    tag.name = "vegan"
    tag.save()
    follows()
    assert members(vegan) == 1
    tag.delete()
    follows()
    assert members(vegan) == 0


def test_readers_of_a_deleted_page_leave(read, below_news):
    page = read("vegan")
    refresh(below_news)
    page.delete()
    assert follows()
    assert members(below_news) == 0


def test_scores_and_whoever_rests_on_them_follow(read, pages):
    below = asks(where="below", page=pages["news"].pk)
    score = factories.ScoreFactory(key="warm", lines=[factories.line(below)])
    warm = factories.SegmentFactory(
        rule=[condition("score", score="warm", how="at_least", number=1)]
    )
    read("about").move(pages["news"], pos="last-child")
    follows()
    assert score.values.count() == 1
    assert members(warm) == 1


def test_no_segment_that_asks_for_pages_is_no_work(read, pages):
    factories.SegmentFactory(rule=[condition("language", languages=["en"])])
    factories.SegmentFactory(rule=[asks(where="any")])
    about = read("about")
    about.move(pages["news"], pos="last-child")
    pages["vegan"].tags.add("spicy")
    pages["vegan"].save()
    pages["dinner"].delete()
    assert not follows()


def test_whose_owner_left_have_none_and_the_others_are_not_looked_at():
    sato, mori = (User.objects.create_user(name) for name in ("sato", "mori"))
    left, _other = (factories.ContactFactory(owner=user) for user in (sato, mori))
    nobody = factories.SegmentFactory(rule=[condition("owner", owner="nobody")])
    sato.delete()
    noted = ContactChange.objects.values_list("contact_id", "aspect")
    assert list(noted) == [(left.pk, "fields")]
    changes.drain()
    assert members(nobody) == 1
