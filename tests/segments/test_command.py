import json

import pytest
from django.core.management import CommandError, call_command

from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest():
    return factories.ContactFactory(language="en")


@pytest.fixture(autouse=True)
def english(guest):
    return factories.SegmentFactory(
        key="english", name="English", rule=[condition("language", languages=["en"])]
    )


def answer(capsys, *args):
    call_command("crm_segment", *args, "--json")
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_it_counts_after_a_refresh(capsys):
    assert answer(capsys, "english") == {"segment": "english", "count": 1}


def test_it_finds_a_segment_by_its_name(capsys):
    assert answer(capsys, "English", "--count")["count"] == 1


def test_it_lists_public_ids(capsys, guest):
    assert answer(capsys, "english", "--members")["members"] == [str(guest.public_id)]


@pytest.mark.parametrize("ident", ["pk", "public_id"])
def test_it_explains_a_contact_by_either_id(capsys, guest, ident):
    found = answer(capsys, "english", "--explain", str(getattr(guest, ident)))
    assert found["holds"] is True
    assert found["lines"][1]["text"] == "language: English"


def test_an_unknown_segment_is_an_error_that_names_the_others():
    with pytest.raises(CommandError, match="english"):
        call_command("crm_segment", "nobody")


@pytest.mark.parametrize("ident", ["0", "Hanako"])
def test_an_unknown_contact_is_an_error(ident):
    with pytest.raises(CommandError, match=ident):
        call_command("crm_segment", "english", "--explain", ident)


def test_a_broken_rule_is_an_error():
    factories.SegmentFactory(key="broken", rule=[])
    with pytest.raises(CommandError, match="empty"):
        call_command("crm_segment", "broken")


NEXT = "The next refresh brings the membership up to this."


@pytest.mark.parametrize(("member", "words"), [(True, ""), (False, NEXT)])
def test_it_says_when_rule_and_membership_differ(capsys, guest, english, member, words):
    if member:
        factories.MembershipFactory(segment=english, contact=guest)
    call_command("crm_segment", "english", "--explain", str(guest.pk))
    assert capsys.readouterr().out.split("in\n")[-1].strip() == words
    assert answer(capsys, "english", "--explain", str(guest.pk))["member"] is member


def test_of_a_draft_it_says_what_its_rule_would_say(capsys, guest, english):
    english.live = False
    english.save()
    call_command("crm_segment", "english", "--explain", str(guest.pk))
    said = capsys.readouterr().out
    assert "Not published: it has no members" in said
    assert NEXT not in said
    found = answer(capsys, "english", "--explain", str(guest.pk))
    assert (found["holds"], found["in_force"]) == (True, False)
