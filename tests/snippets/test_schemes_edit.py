"""A scheme is renamed, described and deleted; ready-made ones find a free key."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import translation

from crm_plugin import queue
from crm_plugin.models import Change, Segment, SegmentMembership, SegmentScheme
from crm_plugin.segments import schemes
from crm_plugin.segments.ready_made import SCHEMES, condition, ensure_scheme
from crm_plugin.segments.ready_made_schemes import RFM
from tests import factories

pytestmark = pytest.mark.django_db
ENGLISH = [condition("language", languages=["en"])]


@pytest.fixture
def scheme(owner):
    classes = [{"key": "english", "name": "English", "rule": ENGLISH}]
    return schemes.create("kinds", "Kinds", classes=classes, by=owner)


@pytest.fixture
def url(scheme):
    return lambda screen: reverse(f"crm_scheme:{screen}", args=[scheme.pk])


def test_a_scheme_is_renamed_and_described_and_tells_it(client, role, scheme, url):
    client.force_login(role("marketer"))
    said = {"name": "Tongues", "name_ja": "言語", "description": "by language"}
    shown = client.post(url("edit"), said, follow=True).text
    assert "Tongues" in shown
    assert "by language" in shown
    page = client.get(url("edit")).text
    assert "Kinds → Tongues" in page
    assert "This field is required" in client.post(url("edit"), {"name": ""}).text


def test_a_scheme_goes_with_its_groups_and_their_stays_once_that_is_confirmed(
    client, role, scheme, url
):
    contact = factories.ContactFactory(language="en")
    other = factories.SegmentFactory(key="other", rule=ENGLISH)
    queue.run_due("segment")
    assert contact.memberships.count() == 1
    client.force_login(role("marketer"))
    assert "Everybody else" in client.get(url("delete")).text
    assert SegmentScheme.objects.exists()
    shown = client.post(url("delete"), follow=True).text
    assert "“Kinds” is deleted with all its groups" in shown
    assert list(Segment.objects.all()) == [other]
    assert not SegmentMembership.objects.exists()
    assert Change.objects.filter(model="segmentscheme", field="").exists()
    queue.run_due("segment")


def test_a_scheme_of_which_a_group_is_used_stays(client, role, scheme, url):
    reads = [condition("segment", segment="english", state="out")]
    factories.SegmentFactory(key="others", name="Others", rule=reads)
    client.force_login(role("marketer"))
    for answer in (client.get(url("delete")), client.post(url("delete"))):
        assert "Others" in answer.text
    assert SegmentScheme.objects.exists()


def test_what_its_own_groups_ask_of_each_other_does_not_hold_a_scheme(
    client, role, scheme, url
):
    reads = [condition("segment", segment="english", state="was", when="ever")]
    factories.SegmentFactory(key="were", scheme=scheme, place=1, rule=reads)
    client.force_login(role("marketer"))
    client.post(url("delete"))
    assert not SegmentScheme.objects.exists()


def test_a_scheme_with_a_group_that_one_may_not_see_stays(client, role, scheme, url):
    factories.taste(factories.ContactFactory(), "nuts", key="ills", sensitive=True)
    ill = [condition("attribute", attribute="ills", operator="filled")]
    factories.SegmentFactory(name="Allergic", scheme=scheme, place=1, rule=ill)
    client.force_login(role("marketer"))
    answer = client.post(url("delete"))
    assert "you may not see" in answer.text
    assert "Allergic" not in answer.text
    assert SegmentScheme.objects.exists()


@pytest.mark.parametrize(
    ("screen", "lacks"), [("edit", "change_segment"), ("delete", "delete_segment")]
)
def test_who_may_make_schemes_only_neither_renames_nor_deletes(
    client, outsider, scheme, url, screen, lacks
):
    rights = Permission.objects.filter(content_type__app_label="crm_plugin")
    outsider.user_permissions.add(*rights.exclude(codename=lacks))
    client.force_login(outsider)
    assert client.post(url(screen), {"name": "New"}).status_code in (302, 403)
    scheme.refresh_from_db()
    assert scheme.name == "Kinds"


@pytest.mark.parametrize("taken", ["rfm-best", "rfm-rest"])
def test_a_ready_made_scheme_is_made_where_a_segment_has_the_key_of_a_class(
    client, owner, taken
):
    own = factories.SegmentFactory(key=taken, name="RFM best", rule=ENGLISH)
    client.force_login(owner)
    shown = client.post(reverse("crm_scheme:index"), {"ready": "rfm"}, follow=True)
    assert "Best customers" in shown.text
    keys = set(Segment.objects.filter(scheme__key="rfm").values_list("key", flat=True))
    assert len(keys) == len(RFM) + 1
    assert own.key not in keys


def test_an_own_scheme_leaves_the_ready_made_ones_their_keys(client, owner):
    client.force_login(owner)
    url = reverse("crm_scheme:index")
    client.post(url, {"name": "abc"})
    assert 'value="abc"' in client.get(url).text
    shown = client.post(url, {"ready": "abc"}, follow=True)
    assert "A, B, C by sales" in shown.text
    assert SegmentScheme.objects.count() == 2


def test_a_ready_made_scheme_describes_its_groups_in_the_language_of_its_maker(owner):
    with translation.override("ja"):
        made = ensure_scheme("rfm", by=owner)
    told = made.classes.exclude(description="").values_list("description", flat=True)
    assert len(told) == sum("description" in one for one in SCHEMES["rfm"]["classes"])
    assert not [words for words in told if words.isascii()]
