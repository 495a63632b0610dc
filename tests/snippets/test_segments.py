import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Workflow
from wagtail.test.utils.form_data import streamfield

from crm_plugin import queue, sheets
from crm_plugin.models import Contact, Segment, SegmentMembership
from crm_plugin.segments import schemes
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh
from crm_plugin.snippets import segments_members
from crm_plugin.ui import listing
from tests import factories

from .rule_editor import form

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


def last_use(**value):
    fields = dict.fromkeys(("days", "days_to", "from_on", "to_on"), "")
    return ("last_use", {**fields, **value})


def in_group(match, *blocks):
    value = {"match": match, "conditions": streamfield(list(blocks))}
    return ("group", value)


@pytest.mark.parametrize(("lines", "saved"), [(100, True), (101, False)])
def test_a_rule_of_a_hundred_lines_is_taken_and_no_longer_one(
    client, role, lines, saved
):
    client.force_login(role("marketer"))
    names = ("kind", "channel", "direction", "phase", "tag", "words")
    fields = dict.fromkeys((*names, "days", "days_to", "from_on", "to_on"), "")
    often = {"how": "at_least", "number": "1", "when": "ever"}
    rule = [("touchpoints", {**fields, **often})] * lines
    said = form(*rule, **{"action-publish": "1"})
    answer = client.post(reverse("crm_segment:add"), said)
    assert answer.status_code == (302 if saved else 200)
    assert Segment.objects.filter(name="Regulars", live=True).exists() is saved
    assert ("at most 100 conditions" in answer.text) is not saved


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


@pytest.mark.parametrize(("days", "live"), [("", False), ("30", True)])
def test_what_became_unfinished_is_not_approved(client, owner, moderated, days, live):
    client.force_login(owner)
    data = form(last_use(when="last", days="30"), **{"action-submit": "1"})
    client.post(reverse("crm_segment:add"), data)
    segment = Segment.objects.get()
    edit = reverse("crm_segment:edit", args=[segment.pk])
    client.post(edit, form(last_use(when="last", days=days)))
    task = segment.current_workflow_task_state
    url = reverse("crm_segment:workflow_action", args=[segment.pk, "approve", task.pk])
    text = client.post(url, follow=True).text
    segment.refresh_from_db()
    assert segment.live is live
    assert ("Last use: Please fill this in." in text) is not live


def test_what_closes_a_circle_since_it_was_submitted_is_not_approved(
    client, owner, moderated
):
    client.force_login(owner)
    made = {key: factories.SegmentFactory(key=key) for key in ("first", "second")}
    for segment, other in zip(made.values(), ("second", "first"), strict=True):
        segment.save_revision(user=owner).publish()
        segment.refresh_from_db()
        segment.rule = [condition("segment", segment=other)]
        segment.save_revision(user=owner)
        Workflow.objects.get(name="Approval").start(segment, owner)
    texts = []
    for segment in made.values():
        task = segment.current_workflow_task_state
        args = [segment.pk, "approve", task.pk]
        url = reverse("crm_segment:workflow_action", args=args)
        texts.append(client.post(url, follow=True).text)
        segment.refresh_from_db()
    assert "would rest on itself" not in texts[0]
    assert made["first"].rule[0].value["segment"] == "second"
    assert "The segment would rest on itself, by way of: " in texts[1]
    assert not made["second"].rule
    assert made["second"].current_workflow_state


def test_what_was_approved_unfinished_by_code_chooses_nobody(owner, guest):
    factories.uses(guest, 0)
    segment = factories.SegmentFactory(rule=[condition("last_use", when="last")])
    segment.save_revision(user=owner).publish()
    queue.run_due("segment")
    segment.refresh_from_db()
    assert segment.size == 0
    assert segment.frozen_at


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


def test_members_are_taken_to_the_list_of_contacts_and_leave_from_there(
    client, owner, english, guest
):
    other = factories.ContactFactory(language="ja")
    client.force_login(owner)
    page = client.get(reverse("crm_segment:inspect", args=[english.pk]))
    address = page.context["list_url"]
    assert f'href="{address}&amp;export=xlsx"' in page.content.decode()
    answer = client.get(f"{address}&export=csv")
    told = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert guest.family_name in told
    assert len(told.strip().splitlines()) == 2
    assert other.pk


def test_members_can_be_limited_to_who_entered_lately(client, owner, english, guest):
    client.force_login(owner)
    english.memberships.update(entered_at="2020-01-01T00:00Z")
    url = reverse("crm_segment:inspect", args=[english.pk])
    assert str(guest) not in client.get(url, {"since": "7"}).content.decode()


def test_who_left_is_listed_with_the_day_and_leads_to_the_list_of_contacts(
    client, owner, english, guest
):
    stays = factories.MembershipFactory.create_batch(2, segment=english)
    gone, long_gone = stays
    english.memberships.filter(contact=gone.contact).update(left_at=timezone.now())
    long_ago = dt.datetime(2020, 3, 4, tzinfo=dt.UTC)
    english.memberships.filter(contact=long_gone.contact).update(
        entered_at=long_ago, left_at=long_ago
    )
    client.force_login(owner)
    url = reverse("crm_segment:inspect", args=[english.pk])

    def told(**asked):
        page = client.get(url, asked)
        rows = client.get(page.context["list_url"]).context["object_list"]
        shown = [stay.contact for stay in page.context["page"]]
        assert set(shown) == set(rows)
        return shown

    assert told(moved="left") == [gone.contact, long_gone.contact]
    assert told(moved="left", since="30") == [gone.contact]
    assert told(since="30") == [guest]
    assert "Left on" in client.get(url, {"moved": "left"}).text


def test_the_members_page_asks_as_much_for_many_as_for_few(
    client, owner, english, django_assert_max_num_queries
):
    factories.ContactFactory.create_batch(30, language="en")
    refresh(english)
    client.force_login(owner)
    with django_assert_max_num_queries(25):
        client.get(reverse("crm_segment:inspect", args=[english.pk]))


def file_of(client):
    answer = client.get(reverse("crm_segment:list"), {"export": "csv"})
    sheet = sheets.open_sheet(b"".join(answer.streaming_content), "a.csv")
    return [cells for _number, cells in sheet.rows()]


def test_the_list_leaves_as_a_file_with_each_rule_in_a_sentence(
    client, owner, english, guest
):
    client.force_login(owner)
    headings, row = file_of(client)
    told = dict(zip(headings, row, strict=True))
    assert told["Name"] == "English"
    assert "English" in told["Rule"]
    assert told["Members"] == "1"
    assert told["Status"] == "live"


def test_the_list_leaves_in_as_many_queries_for_many(client, owner, english):
    client.force_login(owner)
    liking = [condition("segment", segment="english")]
    factories.SegmentFactory(rule=liking)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            file_of(client)
        return len(queries)

    few = cost()
    for _number in range(6):
        factories.SegmentFactory(rule=liking)
    assert cost() == few


def test_members_are_not_counted_to_their_end(
    client, owner, english, guest, monkeypatch
):
    factories.ContactFactory.create_batch(4, language="en")
    refresh(english)
    client.force_login(owner)
    monkeypatch.setattr(listing, "EXACT", 3)
    monkeypatch.setattr(segments_members, "PER_PAGE", 2)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("crm_segment:inspect", args=[english.pk]))
    assert "Page 1 of 2" in page.text
    assert "3+ members; search or filter to see the others" in page.text
    counts = [
        query["sql"]
        for query in queries
        if "COUNT(" in query["sql"] and "segmentmembership" in query["sql"]
    ]
    assert len(counts) == 1
    assert "LIMIT 4" in counts[0]


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ("", "CRM_MEMBERSHIP_NEWEST"),
        ("?since=30", "CRM_MEMBERSHIP_NEWEST"),
        ("?moved=left&since=30", "CRM_MEMBERSHIP_LEFT"),
    ],
)
def test_the_newest_members_are_read_from_an_index(
    client, owner, english, asked, index
):
    refresh(english)
    now = timezone.now()
    people = factories.ContactFactory.build_batch(2_000)
    SegmentMembership.objects.bulk_create(
        SegmentMembership(
            segment=english,
            contact=person,
            entered_at=now - dt.timedelta(hours=500 + n * 7919 % 600),
            left_at=now - dt.timedelta(hours=n * 7907 % 500) if n % 2 else None,
        )
        for n, person in enumerate(Contact.objects.bulk_create(people))
    )
    with connection.cursor() as cursor:
        for table in ("crm_plugin_segmentmembership", "crm_plugin_contact"):
            cursor.execute(f"ANALYZE {table}")
    client.force_login(owner)
    url = reverse("crm_segment:inspect", args=[english.pk])
    page = client.get(url + asked).context["page"]
    plan = page.paginator.object_list[: page.end_index()].explain().upper()
    assert index in plan
    assert "SORT" not in plan
    assert "B-TREE" not in plan


def test_each_page_of_members_keeps_since_when_they_are_asked_for(
    client, owner, english, guest, monkeypatch
):
    factories.ContactFactory.create_batch(4, language="en")
    refresh(english)
    client.force_login(owner)
    monkeypatch.setattr(segments_members, "PER_PAGE", 2)
    url = reverse("crm_segment:inspect", args=[english.pk])
    seen = set()
    for number in (1, 2, 3):
        page = client.get(url, {"since": "7", "p": number})
        seen |= {stay.contact_id for stay in page.context["page"]}
    assert "5 members" in page.text
    assert 'href="?since=7&amp;p=2"' in page.text
    assert len(seen) == 5


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


def test_a_copy_is_another_segment_and_leaves_the_first_as_it_is(
    client, owner, english
):
    client.force_login(owner)
    url = reverse("crm_segment:copy", args=[english.pk])
    begun = client.get(url).context["form"].instance
    assert (begun.pk, begun.name, begun.rule) == (None, "English (copy)", english.rule)
    client.post(url, form(("language", {"languages": "ja"}), **{"action-publish": "1"}))
    english.refresh_from_db()
    assert (english.name, english.rule[0].value["languages"]) == ("English", ["en"])
    copy = Segment.objects.get(name="Regulars")
    assert copy.uuid != english.uuid
    assert copy.live


def test_a_copy_of_a_class_stands_in_no_scheme_and_chooses_by_its_own_rule(
    client, owner
):
    kinds = schemes.create(
        "kinds", "Kinds", classes=[{"key": "a", "name": "A", "name_ja": "甲"}], by=owner
    )
    client.force_login(owner)
    for row in kinds.classes.all():
        url = reverse("crm_segment:copy", args=[row.pk])
        begun = client.get(url).context["form"].instance
        assert (begun.scheme, begun.rest, begun.live) == (None, False, False)
        assert begun.name_ja == f"{row.name_ja}(写し)"


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
