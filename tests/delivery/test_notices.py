"""Who answers is told that an answer is owed, and of the person nothing."""

import pytest
from django.contrib.auth.models import Permission, User
from wagtail.users.models import UserProfile

from crm_plugin.conf import CrmSettings
from crm_plugin.delivery import notices, replay
from crm_plugin.models import Delivery
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender():
    return factories.SenderFactory(from_email="hello@hinata.example")


@pytest.fixture
def inquiry(contact, settings):
    settings.WAGTAILADMIN_BASE_URL = "https://hinata.example"
    touchpoint = factories.TouchpointFactory(
        contact=contact, kind="inquiry", body="A table?", page_title="Ask us"
    )
    return factories.InquiryFactory(
        contact=contact, touchpoint=touchpoint, reference="R-0001", subject="Ask us"
    )


@pytest.fixture
def aya(db):
    """Somebody who answers inquiries."""
    user = User.objects.create_user("aya", "aya@hinata.example")
    user.user_permissions.add(Permission.objects.get(codename="view_inquiry"))
    return user


def told():
    return [row.address for row in Delivery.objects.filter(kind=notices.KIND)]


def owned(inquiry, by, *, contact=False):
    """The same inquiry, looked after by *by* (or its contact is)."""
    record = inquiry.contact if contact else inquiry
    record.owner = by
    record.save()
    return inquiry


def test_the_owner_is_told(inquiry, aya, sender):
    notices.announce(owned(inquiry, aya))
    assert told() == ["aya@hinata.example"]


def test_else_who_looks_after_the_contact(inquiry, aya, sender):
    notices.announce(owned(inquiry, aya, contact=True))
    assert told() == ["aya@hinata.example"]


def test_else_the_shop(inquiry, sender):
    notices.announce(inquiry)
    assert told() == ["hello@hinata.example"]


def test_the_shop_may_name_another_address(inquiry, sender):
    CrmSettings.objects.create(notices_to="desk@hinata.example")
    notices.announce(inquiry)
    assert told() == ["desk@hinata.example"]


def test_without_any_address_nobody_is_told(inquiry):
    assert notices.announce(inquiry) is None


@pytest.mark.parametrize("lack", ["right", "address", "active"])
def test_who_may_not_read_it_now_is_not_told(inquiry, aya, sender, lack):
    if lack == "right":
        aya.user_permissions.clear()
    elif lack == "address":
        aya.email = ""
    else:
        aya.is_active = False
    aya.save()
    notices.announce(owned(inquiry, User.objects.get(pk=aya.pk)))
    assert told() == ["hello@hinata.example"]


def test_it_leads_to_the_answer_screen_and_says_nothing_of_the_person(
    inquiry, aya, sender
):
    shown = replay.shown(notices.announce(owned(inquiry, aya)))
    said = shown.subject + shown.text + shown.html
    assert f"https://hinata.example{inquiry.get_admin_url()}" in shown.text
    assert "R-0001" in shown.subject
    assert "Ask us" in shown.text
    for secret in (
        inquiry.contact.family_name,
        inquiry.contact.given_name,
        "hanako",
        "9012345678",
        "A table?",
    ):
        assert secret not in said


def test_it_stands_in_nobodys_history(inquiry, aya, sender):
    assert notices.announce(owned(inquiry, aya)).contact is None


def test_it_is_told_once(inquiry, aya, sender):
    for _time in range(2):
        notices.announce(owned(inquiry, aya))
    assert len(told()) == 1


def test_it_speaks_the_language_of_the_readers_admin(inquiry, aya, sender):
    profile = UserProfile.get_for_user(aya)
    profile.preferred_language = "en"
    profile.save()
    assert notices.announce(owned(inquiry, aya)).language == "en"


def test_whom_it_is_handed_to_is_told(inquiry, aya, sender, owner):
    notices.handed_over(owned(inquiry, aya), by=owner)
    assert told() == ["aya@hinata.example"]


def test_who_takes_it_is_not(inquiry, aya, sender):
    assert notices.handed_over(owned(inquiry, aya), by=aya) is None


def test_to_nobody_it_is_told_to_nobody(inquiry, sender, owner):
    assert notices.handed_over(inquiry, by=owner) is None
