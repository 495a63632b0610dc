import json

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.models import Heartbeat, Segment, Topic
from crm_plugin.queue import running
from crm_plugin.snippets.roles import ensure_roles
from tests import factories

pytestmark = pytest.mark.django_db


def last_object(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_setup_runs_twice_without_harm(capsys):
    call_command("crm_setup")
    call_command("crm_setup", "--json")
    assert last_object(capsys)["groups"] == ["Owner", "Marketer", "Staff"]
    assert Topic.objects.filter(key="newsletter").count() == 1


def test_every_right_that_a_role_names_exists():
    from crm_plugin.snippets.roles import ROLES, codenames

    call_command("crm_setup", verbosity=0)
    for role in ROLES:
        held = Group.objects.get(name=role).permissions.values_list(
            "codename", flat=True
        )
        assert codenames(role) <= set(held)


def test_a_marketer_sees_no_sensitive_attributes_and_staff_launch_nothing(role):
    assert not role("marketer").has_perm("crm_plugin.view_sensitive")
    assert not role("staff").has_perm("crm_plugin.launch_campaign")
    assert not User.objects.get(username="staff").has_perm("crm_plugin.export_contact")


def test_work_does_what_is_due(capsys, contact):
    from crm_plugin.contacts import changes

    changes.note([contact.pk], "fields")
    call_command("crm_work", "changes", "--json")
    assert last_object(capsys)["done"]["changes"] >= 1


def test_work_refuses_an_unknown_kind():
    with pytest.raises(CommandError, match="Unknown: nonsense"):
        call_command("crm_work", "nonsense")


def test_doctor_fails_while_no_worker_lives(capsys):
    call_command("crm_setup", verbosity=0)
    factories.SenderFactory()
    with pytest.raises(CommandError):
        call_command("crm_doctor", "--json")
    findings = last_object(capsys)["findings"]
    assert any(f["part"] == "queue" and f["level"] == "error" for f in findings)


class TestFailingWork:
    @pytest.fixture(autouse=True)
    def kind(self, monkeypatch):
        """A kind of work that cannot succeed."""

        def stumble(work, until):
            raise ZeroDivisionError

        monkeypatch.setitem(running._handlers, "stumble", stumble)
        queue.start("stumble", "1")

    def test_it_fails_the_command_that_tried_it(self, capsys):
        with pytest.raises(CommandError, match="1 pieces of work failed"):
            call_command("crm_work", "stumble", "--json")
        error = last_object(capsys)["failed"][0]["error"]
        assert error.startswith("ZeroDivisionError (test_commands.py:")

    def test_later_runs_tell_it_and_succeed(self, capsys):
        with pytest.raises(CommandError):
            call_command("crm_work", "stumble")
        call_command("crm_work", "changes", "--json")
        assert last_object(capsys)["failed"][0]["kind"] == "stumble"


def test_a_worker_that_was_seen_long_ago_is_not_alive(time_machine):
    time_machine.move_to(timezone.now())
    assert not queue.alive()
    queue.beat()
    assert queue.alive()
    time_machine.shift(200)
    assert not queue.alive()
    assert Heartbeat.objects.get(name="worker").seen_at < timezone.now()


class TestDuplicates:
    def test_it_prints_pairs_with_scores_and_no_personal_data(self, contact, capsys):
        other = factories.ContactFactory(phone="+819012345678")
        call_command("crm_duplicates", "--json")
        (line,) = capsys.readouterr().out.splitlines()
        (pair,) = json.loads(line)["pairs"]
        assert set(pair["contacts"]) == {str(contact.public_id), str(other.public_id)}
        assert 0.6 < pair["score"] <= 1
        assert "same_phone" in pair["reasons"]
        assert "hanako" not in line

    def test_it_can_print_what_the_last_search_found(self, contact, capsys):
        factories.ContactFactory(phone="+819012345678")
        call_command("crm_duplicates", "--json", "--stored")
        assert json.loads(capsys.readouterr().out)["count"] == 0


def test_a_second_setup_reads_the_roles_in_three_queries(django_assert_num_queries):
    ensure_roles()
    with django_assert_num_queries(3):
        groups = ensure_roles()
    assert [group.name for group in groups] == ["Owner", "Marketer", "Staff"]


def test_a_right_that_was_taken_away_comes_back_and_no_other_goes():
    ensure_roles()
    staff = Group.objects.get(name="Staff")
    own = Permission.objects.get(codename="delete_topic")
    staff.permissions.remove(Permission.objects.get(codename="view_contact"))
    staff.permissions.add(own)
    ensure_roles()
    held = set(staff.permissions.values_list("codename", flat=True))
    assert {"view_contact", "delete_topic", "access_admin"} <= held


def test_the_ready_made_segments_come_with_the_set_up_where_they_are_asked_for(capsys):
    call_command("crm_setup")
    assert not Segment.objects.exists()
    for _time in range(2):
        call_command("crm_setup", "--segments")
    made = set(Segment.objects.values_list("key", flat=True))
    assert {"good-customers", "came-once", "late", "asleep", "introducers"} <= made
    assert "lunch-guests" not in made
