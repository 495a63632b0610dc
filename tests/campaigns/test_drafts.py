"""One click to a draft: whom it is for, and that it reaches somebody."""

import pytest

from crm_plugin.campaigns.audience import Plan, forecast
from crm_plugin.campaigns.drafts import draft_for, topic_for
from tests import factories


@pytest.fixture
def firms(db):
    """The topic that comes first in the alphabet, and that no guest agreed to."""
    factories.SenderFactory()
    return factories.TopicFactory(key="for-firms", name="For firms")


@pytest.fixture
def newsletter(firms):
    return factories.TopicFactory(key="newsletter", name="Newsletter")


@pytest.fixture
def member(lunch):
    def make(topic, **values):
        point = factories.PointFactory()
        factories.ConsentFactory(point=point, topic=topic, **values)
        factories.MembershipFactory(contact=point.contact, segment=lunch)
        return point.contact

    return make


def test_a_draft_reaches_the_members_who_agreed_to_something(
    lunch, firms, newsletter, member, owner
):
    member(newsletter)
    campaign = draft_for(lunch, by=owner)
    assert campaign.topic == newsletter
    assert forecast(Plan.of(campaign)).receive == 1


def test_the_topic_is_the_one_that_most_members_agreed_to(
    lunch, firms, newsletter, member
):
    member(firms)
    for _ in range(2):
        member(newsletter)
    assert topic_for(lunch) == newsletter


def test_only_members_who_still_agree_decide_on_the_topic(
    lunch, firms, newsletter, member
):
    member(newsletter, state="withdrawn")
    factories.ConsentFactory(topic=newsletter)
    assert topic_for(lunch) == firms


def test_the_topic_is_found_in_one_query(
    lunch, firms, newsletter, member, django_assert_num_queries
):
    for topic in (firms, newsletter, newsletter):
        member(topic)
    with django_assert_num_queries(1):
        topic_for(lunch)
