import pytest
from django.urls import reverse
from wagtail.test.utils.form_data import nested_form_data, streamfield

from crm_plugin import queue
from crm_plugin.models import Segment
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh
from tests import factories

pytestmark = pytest.mark.django_db
ENGLISH = [condition("language", languages=["en"])]


@pytest.fixture
def guest():
    return factories.ContactFactory(family_name="Miller", language="en")


@pytest.fixture
def english(guest):
    segment = factories.SegmentFactory(key="english", name="English", rule=ENGLISH)
    refresh(segment)
    return segment


def form(*blocks, **extra):
    """What the editor posts for a rule of these ``(condition, value)`` pairs."""
    fields = {"name": "Regulars", "name_ja": "", "description": ""}
    rule = nested_form_data({"rule": streamfield(list(blocks))})
    comments = {f"comments-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    return {**fields, **rule, **comments, **extra}


def last_use(**value):
    fields = dict.fromkeys(("days", "days_to", "from_on", "to_on"), "")
    return ("last_use", {**fields, **value})


def in_group(match, *blocks):
    value = {"match": match, "conditions": streamfield(list(blocks))}
    return ("group", value)


def test_a_marketer_creates_and_publishes_a_segment(client, role, guest):
    client.force_login(role("marketer"))
    factories.uses(guest, 3)
    rule = in_group("any", last_use(when="last", days="30"))
    data = form(rule, **{"action-publish": "1"})
    response = client.post(reverse("crm_segment:add"), data)
    assert response.status_code == 302
    segment = Segment.objects.get(name="Regulars")
    assert segment.live
    queue.run_due("segment")
    segment.refresh_from_db()
    assert segment.size == 1


def test_a_draft_may_be_unfinished(client, owner):
    client.force_login(owner)
    client.post(reverse("crm_segment:add"), form(last_use(when="last")))
    assert not Segment.objects.get(name="Regulars").live


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ([], "The rule is empty"),
        ([in_group("any")], "This group is empty"),
        ([last_use(when="last")], "Please fill this in"),
        ([last_use(when="ago", days="9", days_to="3")], "must be the smaller"),
    ],
)
def test_publishing_refuses_a_rule_that_cannot_work(client, owner, blocks, words):
    client.force_login(owner)
    data = form(*blocks, **{"action-publish": "1"})
    response = client.post(reverse("crm_segment:add"), data)
    assert words in response.content.decode()
    assert not Segment.objects.exists()


def test_publishing_refuses_a_switched_off_attribute(client, owner, guest):
    value = factories.taste(guest, "lunch")
    value.definition.active = False
    value.definition.save()
    client.force_login(owner)
    names = ("text", "number", "number_to", "when", "days", "days_to")
    fields = dict.fromkeys((*names, "from_on", "to_on"), "")
    block = {**fields, "attribute": "taste", "operator": "filled", "when": "last"}
    data = form(("attribute", block), **{"action-publish": "1"})
    response = client.post(reverse("crm_segment:add"), data)
    assert "is switched off" in response.content.decode()


def test_a_circle_is_refused_even_in_a_draft(client, owner, english):
    reads = [condition("segment", segment="english", state="in")]
    factories.SegmentFactory(key="other", name="Other", rule=reads)
    client.force_login(owner)
    block = ("segment", {"segment": "other", "state": "in"})
    url = reverse("crm_segment:edit", args=[english.pk])
    response = client.post(url, form(block))
    assert "rest on itself" in response.content.decode()


def test_the_preview_counts_what_stands_in_the_editor(client, owner, guest):
    factories.uses(guest, 3)
    client.force_login(owner)
    url = reverse("crm_segment:preview_on_add")
    answer = client.post(url, form(last_use(when="last", days="30"))).json()
    assert answer == {"is_valid": True, "is_available": True}
    page = client.get(url, {"in_preview_panel": "true"}).content.decode()
    assert "<strong>1" in page
    assert "People with last use in the last 30 days" in page
    assert str(guest) in page


def test_the_preview_says_who_would_enter_and_leave(client, owner, english, guest):
    used = factories.ContactFactory(family_name="Suzuki", language="ja")
    factories.uses(used, 3)
    client.force_login(owner)
    url = reverse("crm_segment:preview_on_edit", args=[english.pk])
    client.post(url, form(last_use(when="last", days="30")))
    page = client.get(url).content.decode()
    assert page.index("would enter") < page.index("would leave")
    assert "+1" in page
    assert "−1" in page


def test_the_preview_of_an_unfinished_rule_says_what_is_missing(client, owner):
    client.force_login(owner)
    url = reverse("crm_segment:preview_on_add")
    client.post(url, form(last_use(when="last")))
    assert "Please fill this in" in client.get(url).content.decode()


def test_the_list_shows_each_rule_as_a_sentence(client, role, english):
    client.force_login(role("staff"))
    page = client.get(reverse("crm_segment:list")).content.decode()
    assert "People with language: English" in page


def test_the_list_asks_as_much_for_many_segments_as_for_few(
    client, owner, english, django_assert_max_num_queries
):
    factories.taste(factories.ContactFactory(), "lunch")
    liking = condition("attribute", attribute="taste", operator="filled")
    for _number in range(15):
        factories.SegmentFactory(rule=[liking, condition("segment", segment="english")])
    client.force_login(owner)
    with django_assert_max_num_queries(25):
        client.get(reverse("crm_segment:list"))


def test_staff_see_members_with_links_to_their_records(client, role, english, guest):
    client.force_login(role("staff"))
    page = client.get(reverse("crm_segment:inspect", args=[english.pk]))
    assert guest.get_admin_url() in page.content.decode()


def test_members_can_be_limited_to_who_entered_lately(client, owner, english, guest):
    client.force_login(owner)
    english.memberships.update(entered_at="2020-01-01T00:00Z")
    url = reverse("crm_segment:inspect", args=[english.pk])
    assert str(guest) not in client.get(url, {"since": "7"}).content.decode()


def test_the_members_page_asks_as_much_for_many_as_for_few(
    client, owner, english, django_assert_max_num_queries
):
    factories.ContactFactory.create_batch(30, language="en")
    refresh(english)
    client.force_login(owner)
    with django_assert_max_num_queries(25):
        client.get(reverse("crm_segment:inspect", args=[english.pk]))


def test_a_contact_is_explained_line_by_line(client, role, english, guest):
    client.force_login(role("marketer"))
    url = reverse("crm_segment:explain", args=[english.pk, guest.pk])
    page = client.get(url).content.decode()
    assert "language: English" in page
    assert "belongs to" in page


def test_a_segment_in_use_is_not_deleted(client, owner, english):
    reads = [condition("segment", segment="english", state="in")]
    factories.SegmentFactory(key="other", name="Other", rule=reads)
    client.force_login(owner)
    url = reverse("crm_segment:delete", args=[english.pk])
    assert "Other" in client.post(url).content.decode()
    assert Segment.objects.filter(pk=english.pk).exists()


def test_a_segment_in_an_audience_is_not_deleted(client, owner, english):
    campaign = factories.CampaignFactory(name="Spring")
    campaign.include_segments.add(english)
    campaign.save()
    client.force_login(owner)
    url = reverse("crm_segment:delete", args=[english.pk])
    assert "Spring" in client.post(url).content.decode()
    assert Segment.objects.filter(pk=english.pk).exists()


def test_a_segment_that_nobody_uses_is_deleted_with_its_stays(client, owner, english):
    client.force_login(owner)
    client.post(reverse("crm_segment:delete", args=[english.pk]))
    assert not Segment.objects.filter(pk=english.pk).exists()


@pytest.mark.parametrize("screen", ["edit", "inspect", "delete", "history", "usage"])
def test_a_sensitive_segment_is_not_there_without_the_right(client, role, screen):
    factories.taste(factories.ContactFactory(), "nuts", key="allergies", sensitive=True)
    rule = [condition("attribute", attribute="allergies", operator="filled")]
    segment = factories.SegmentFactory(rule=rule)
    client.force_login(role("marketer"))
    url = reverse(f"crm_segment:{screen}", args=[segment.pk])
    assert client.get(url).status_code == 404


def test_staff_may_look_but_not_change(client, role, english):
    client.force_login(role("staff"))
    url = reverse("crm_segment:edit", args=[english.pk])
    assert client.post(url, form()).status_code == 302
    english.refresh_from_db()
    assert english.name == "English"


def test_an_outsider_sees_no_segment(client, outsider, english):
    client.force_login(outsider)
    assert client.get(reverse("crm_segment:list")).status_code == 302
