"""The screens of a segment of visits: offered, marked, refused beside the field."""

import re

import pytest
from django.urls import reverse

from crm_plugin.models import Segment
from crm_plugin.segments.models import SegmentScheme
from crm_plugin.segments.ready_made import condition
from tests import factories

from .test_segments import file_of, form, last_use

pytestmark = pytest.mark.django_db
MAIL = ("visit_utm", {"source": "newsletter", "medium": "", "campaign": ""})
PUBLISH = {"action-publish": "1"}


@pytest.fixture
def from_mail():
    rule = [condition("visit_utm", source="newsletter")]
    return factories.SegmentFactory(key="from-mail", name="From a mail", rule=rule)


@pytest.fixture
def editor(client, role):
    client.force_login(role("marketer"))
    return client


def edit(client, segment, *blocks, **extra):
    url = reverse("crm_segment:edit", args=[segment.pk])
    return client.post(url, form(*blocks, **extra)).content.decode()


def test_a_marketer_publishes_one(editor):
    editor.post(reverse("crm_segment:add"), form(MAIL, **PUBLISH))
    segment = Segment.objects.get()
    assert segment.live
    assert segment.of_visits


@pytest.mark.parametrize("extra", [{}, PUBLISH])
def test_people_and_visits_together_are_refused_beside_the_rule(editor, extra):
    days = last_use(when="last", days="30")
    response = editor.post(reverse("crm_segment:add"), form(MAIL, days, **extra))
    errors = response.context["form"].errors["rule"]
    assert "about people and about a visit" in str(errors)
    assert b"newsletter" in response.content
    assert not Segment.objects.exists()


@pytest.mark.parametrize("extra", [{}, PUBLISH])
def test_what_was_published_stays_what_it_is_about(editor, from_mail, extra):
    said = edit(editor, from_mail, last_use(when="last", days="30"), **extra)
    assert "published as one of visits" in said
    people = factories.SegmentFactory(rule=[condition("language", languages=["en"])])
    assert "published as one of people" in edit(editor, people, MAIL, **extra)


def test_a_draft_may_still_become_the_other(editor):
    draft = factories.SegmentFactory(live=False)
    edit(editor, draft, MAIL, **PUBLISH)
    draft.refresh_from_db()
    assert draft.of_visits


@pytest.mark.parametrize("name", ["private", "excludes_always", "scheme"])
def test_what_makes_sense_for_members_only_is_refused(editor, name):
    scheme = SegmentScheme.objects.create(key="abc", name="ABC")
    value = scheme.pk if name == "scheme" else "on"
    data = form(MAIL, **PUBLISH, **{name: value})
    response = editor.post(reverse("crm_segment:add"), data)
    assert "has no members" in str(response.context["form"].errors[name])


def test_the_list_and_its_file_say_which_is_which(client, owner, from_mail):
    factories.SegmentFactory(name="People")
    client.force_login(owner)
    said = client.get(reverse("crm_segment:list")).content.decode()
    assert "Visits with a link with utm_source “newsletter”" in said
    tags = r"(<span class=\"w-status\">visits</span>|<a [^>]*>0</a>)"
    cells = re.findall(rf"<td[^>]*>\s*{tags}\s*</td>", said)
    assert [cell[-7:] for cell in cells] == ["</span>", '">0</a>']
    headings, *rows = file_of(client)
    about = headings.index("About")
    assert [row[about] for row in rows] == ["visits", "people"]


def test_its_page_says_what_it_is_for_instead_of_members(editor, from_mail):
    url = reverse("crm_segment:inspect", args=[from_mail.pk])
    said = editor.get(url).content.decode()
    assert "each visit to the site answers for itself" in said
    assert "In the list of contacts" not in said
    assert "Nobody here" not in said


def test_the_preview_beside_the_editor_says_so_too(editor, from_mail):
    url = reverse("crm_segment:preview_on_edit", args=[from_mail.pk])
    assert editor.post(url, form(MAIL)).json()["is_valid"]
    assert "A segment of visits" in editor.get(url).content.decode()


def test_no_contact_is_asked_why(editor, from_mail):
    contact = factories.ContactFactory()
    url = reverse("crm_segment:explain", args=[from_mail.pk, contact.pk])
    assert "chooses no contacts" in editor.get(url).content.decode()
    why = editor.get(reverse("crm_contact:why", args=[contact.pk])).content.decode()
    assert "From a mail" not in why


@pytest.mark.parametrize("screen", ["crm_contact:index", "crm_promoted:index"])
def test_lists_of_people_do_not_offer_it(editor, from_mail, screen):
    assert "From a mail" not in editor.get(reverse(screen)).content.decode()
