"""What people type stays in the tables: in no log and in no argument of a task.

Trust row P6, along the whole road: form, mistake, acknowledgement, button, import.
"""

import io
import logging
import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.forms.models import model_to_dict
from django.utils.module_loading import import_string
from django_q.models import OrmQ
from wagtail.models import Locale, Page, Site

from crm_plugin import queue
from crm_plugin.imports import applying, checking, reading
from crm_plugin.intake.models import Submission
from crm_plugin.models import Contact, ContactPoint
from example.models import InquiryFormField, InquiryPage
from tests import factories
from tests.forms.conftest import Visitor, publish

pytestmark = pytest.mark.django_db
TYPED = {
    "family_name": "柚木崎",
    "given_name": "桔梗子",
    "postal": "旭川市みどり通9-8-7",
    "e_mail": "kikyoko.y@mail.example",
    "phone": "090-4321-8765",
    "message": "そば粉で喉が腫れます。",
}
FIELDS = {
    "Family name": ("singleline", "contact.family_name", True),
    "Given name": ("singleline", "contact.given_name", False),
    "Postal": ("singleline", "point.postal", False),
    "E-mail": ("email", "point.email", True),
    "Phone": ("phone", "point.phone", False),
    "Message": ("multiline", "message", False),
}
SHEET = "姓,名,メールアドレス,電話番号\n榛原,蓬,yomogi.h@mail.example,080-7654-1234\n"
SECRETS = [
    *TYPED.values(),
    *re.split(r"[,\n]", SHEET.strip())[4:],
    *("+819043218765", "9043218765", "+818076541234", "8076541234", "みどり通9"),
]
LOGGERS = ("crm_plugin", "django.request", "django.security", "django-q")


@pytest.fixture
def visitor(client, time_machine):
    time_machine.move_to("2026-05-11T10:00:00+09:00")
    cache.clear()
    factories.SenderFactory()
    english, _new = Locale.objects.get_or_create(language_code="en")
    top = Page.objects.filter(depth=1).first() or Page.add_root(title="Root")
    front = top.add_child(instance=Page(title="Front", slug="front", locale=english))
    Site.objects.all().delete()
    Site.objects.create(hostname="localhost", root_page=front, is_default_site=True)
    page = InquiryPage(title="Ask us", slug="ask", locale=english)
    return Visitor(client, publish(front, page, InquiryFormField, FIELDS), time_machine)


@pytest.fixture
def logged():
    """All that is said at any level where requests, tasks and the CRM are logged."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.addHandler(handler)
    yield said
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
        logger.removeHandler(handler)


@pytest.fixture
def on_commit(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def revealed(text):
    return [secret for secret in SECRETS if secret in text]


def work_off_the_queue():
    """Run what was enqueued as a worker runs it; then what is due by the clock."""
    for row in OrmQ.objects.all():
        function, arguments = row.task["func"], row.task["args"]
        import_string(function)(*arguments)
    queue.run_due()


def queued():
    """All that the broker and the table of long work hold, written out."""
    tasks = [repr(row.task) for row in OrmQ.objects.all()]
    return "\n".join(
        [*tasks, *(str(model_to_dict(w)) for w in queue.Work.objects.all())]
    )


def somebody_asks(visitor, on_commit):
    with on_commit():
        assert visitor.send(worker=False, **TYPED).status_code == 302
    work_off_the_queue()


def she_presses_the_button(client, on_commit):
    link = re.search(r"/crm/confirm/\S+", mail.outbox[0].body)[0]
    with on_commit():
        assert client.post(link).status_code == 200
    work_off_the_queue()


def a_sheet_is_imported(owner, on_commit):
    with on_commit():
        batch = reading.take_in(SHEET.encode(), "a.csv", noun="contacts", by=owner)
        queue.run_due()
        batch.refresh_from_db()
        checking.start_check(batch, by=owner)
        queue.run_due()
        batch.refresh_from_db()
        applying.start_apply(batch, by=owner)
        queue.run_due()


@pytest.fixture
def all_of_it(visitor, client, owner, logged, on_commit):
    somebody_asks(visitor, on_commit)
    she_presses_the_button(client, on_commit)
    a_sheet_is_imported(owner, on_commit)
    client.post("/en/nowhere/", TYPED)


def test_the_road_was_really_walked(all_of_it):
    assert set(Contact.objects.values_list("family_name", flat=True)) == {
        "柚木崎",
        "榛原",
    }
    assert ContactPoint.objects.filter(verified_at__isnull=False).exists()
    assert TYPED["message"] in mail.outbox[0].body
    assert OrmQ.objects.exists()
    assert queue.Work.objects.filter(state="done").exists()


def test_no_log_holds_what_was_typed(all_of_it, logged):
    assert "/en/nowhere/" in logged.getvalue()
    assert not revealed(logged.getvalue())


def test_no_task_carries_what_was_typed(all_of_it):
    assert not revealed(queued())


def test_a_mistake_of_ours_is_logged_without_what_was_typed(
    visitor, monkeypatch, logged, on_commit
):
    def stumble(*args, **kwargs):
        raise ValueError(f"cannot save {TYPED}")

    monkeypatch.setattr("crm_plugin.contacts.records.create_contact", stumble)
    somebody_asks(visitor, on_commit)
    assert "ValueError" in logged.getvalue()
    assert "ValueError" in Submission.objects.get().error
    assert not revealed(logged.getvalue() + Submission.objects.get().error + queued())
