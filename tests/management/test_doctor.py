import datetime as dt
import json

import pytest
from django.contrib.auth.models import Permission, User
from django.core.mail.backends import smtp
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.consents import ledger, seal, triggers
from crm_plugin.contacts import search_index
from crm_plugin.management.doctor import examine
from crm_plugin.models import Consent, Delivery, Topic
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def installation(settings):
    """A complete one, with a worker."""
    settings.CRM_LINK_KEY = "k" * 50
    call_command("crm_setup", verbosity=0)
    factories.SenderFactory()
    queue.beat()


def troubles():
    """What is wrong, by part, apart from the tests' mail back end."""
    return [
        (part, finding.level, finding.what)
        for part, finding in examine()
        if finding.level != "ok" and "locmem" not in finding.what
    ]


def only_trouble():
    (trouble,) = troubles()
    return trouble


def test_nothing_is_wrong_with_a_complete_installation():
    assert troubles() == []


def test_success_is_one_json_object_and_no_error(capsys):
    call_command("crm_doctor", "--json")
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["errors"] == 0
    assert {f["part"] for f in result["findings"]} == {
        "settings",
        "database",
        "queue",
        "mail",
        "ledger",
        "permissions",
    }


def test_an_error_fails_the_command_and_is_still_told(capsys, settings):
    settings.TASKS = {}
    with pytest.raises(CommandError):
        call_command("crm_doctor", "--json")
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (result["errors"], result["error"]) == (1, "1 errors")


def test_every_trouble_says_what_to_do(settings):
    settings.TASKS, settings.MIDDLEWARE, settings.CRM_LINK_KEY = {}, [], ""
    settings.DEBUG, settings.Q_CLUSTER = True, {"timeout": 90, "retry": 60}
    queue.Heartbeat.objects.all().delete()
    triggers.remove()
    Topic.objects.all().delete()
    found = [finding for _part, finding in examine() if finding.level != "ok"]
    assert len(found) >= 8
    assert [finding.what for finding in found if not finding.do] == []


class TestSettings:
    def test_a_missing_middleware_is_an_error(self, settings):
        settings.MIDDLEWARE = settings.MIDDLEWARE[-1:]
        assert only_trouble()[:2] == ("settings", "error")

    def test_what_keeps_a_gone_form_from_losing_words_is_missed(self, settings):
        settings.MIDDLEWARE = settings.MIDDLEWARE[:-1]
        assert "GoneFormMiddleware" in only_trouble()[2]

    def test_a_misspelled_setting_is_named(self, settings):
        settings.CRM_DORMANT_DAY = 90
        assert "CRM_DORMANT_DAY is no setting" in only_trouble()[2]

    def test_urls_that_nobody_included_are_an_error(self, settings):
        settings.ROOT_URLCONF = "wagtail.urls"
        assert only_trouble()[:2] == ("settings", "error")


class TestDatabase:
    def test_before_migrate_only_that_is_said(self):
        recorder = MigrationRecorder(connection)
        last = MigrationLoader(connection).graph.leaf_nodes("crm_plugin")[0]
        recorder.record_unapplied(*last)
        assert only_trouble() == ("database", "error", "1 migrations are not applied")

    @pytest.mark.parametrize(
        ("backend", "what"),
        [
            ("dummy.DummyCache", "keeps nothing"),
            ("db.DatabaseCache", "has no table"),
        ],
    )
    def test_a_cache_that_keeps_nothing_is_an_error(self, settings, backend, what):
        path = f"django.core.cache.backends.{backend}"
        settings.CACHES = {"default": {"BACKEND": path, "LOCATION": "no_such_table"}}
        assert what in only_trouble()[2]

    def test_a_search_without_its_index_is_a_warning(self):
        drop = {"sqlite": "DROP TABLE", "postgresql": "DROP INDEX"}[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(f"{drop} {search_index.INDEX}")
        part, level, what = only_trouble()
        assert (part, level) == ("database", "warning")
        assert "search for contacts" in what


class TestQueue:
    def test_a_retry_before_the_timeout_is_an_error(self, settings):
        settings.Q_CLUSTER = {"timeout": 90, "retry": 60}
        assert only_trouble()[:2] == ("queue", "error")

    def test_work_that_was_given_up_is_counted(self):
        queue.Work.objects.create(kind="x", key="1", state=queue.Work.State.FAILED)
        assert only_trouble()[1:] == ("warning", "1 pieces of work were given up")


class TestMail:
    def test_a_mail_server_that_does_not_answer_is_an_error(self, settings):
        settings.EMAIL_BACKEND = smtp.__name__ + ".EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        assert "does not answer: ConnectionRefusedError" in only_trouble()[2]

    def test_a_sender_needs_what_the_law_wants_shown(self):
        factories.SenderFactory(postal_address="")
        assert only_trouble()[:2] == ("mail", "error")

    def test_uncertain_messages_are_counted(self):
        factories.DeliveryFactory(state=Delivery.State.UNCERTAIN)
        assert "1 messages may or may not have left" in [
            what for *_, what in troubles()
        ]


class TestLedger:
    @pytest.fixture
    def granted(self, contact):
        point = contact.points.get(kind="email")
        topic = Topic.objects.get()
        ledger.confirm(point, topic)
        return point

    def test_missing_triggers_are_an_error_that_migrate_cures(self):
        triggers.remove()
        assert only_trouble()[:2] == ("ledger", "error")
        triggers.install()
        assert troubles() == []

    def test_a_line_that_was_altered_breaks_its_seal(self, granted, time_machine):
        time_machine.move_to(timezone.now() + dt.timedelta(hours=1))
        queue.beat()
        assert seal.seal()
        triggers.remove()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE crm_plugin_consentevent SET action = 'withdraw'")
        triggers.install()
        assert "differ from their seal" in troubles()[0][2]

    def test_consents_that_differ_are_rebuilt_on_demand(self, granted, capsys):
        Consent.objects.all().delete()
        assert "not what the ledger says" in only_trouble()[2]
        call_command("crm_doctor", "--rebuild-consents", "--json")
        assert Consent.objects.filter(point=granted).exists()


class TestPermissions:
    def test_a_right_held_by_a_user_alone_is_counted(self):
        user = User.objects.create_user("temp")
        right = Permission.objects.get(codename="export_contact")
        user.user_permissions.add(right)
        assert only_trouble()[:2] == ("permissions", "warning")
        assert "temp" not in only_trouble()[2]

    def test_many_superusers_are_counted(self):
        for n in range(4):
            User.objects.create_superuser(f"boss{n}")
        assert "4 users may do everything" in only_trouble()[2]
