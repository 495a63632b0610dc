"""A form keeps answers for so many days; what they led to stays."""

import datetime as dt
import json

import pytest
from django.core import serializers
from django.core.files.uploadedfile import SimpleUploadedFile

from crm_plugin import models, queue
from crm_plugin.delivery.models import Delivery
from crm_plugin.forms import problems
from crm_plugin.intake import retention
from crm_plugin.intake.models import Claim, Submission, Upload
from crm_plugin.reports import form_results
from crm_plugin.touchpoints import inquiries
from crm_plugin.touchpoints.models import Inquiry, Touchpoint

from .building import EMAIL, build, field

PDF = b"%PDF-1.7 a plan of the hall"
SAID = {"e_mail": "h@mail.example", "message": "I cannot eat buckwheat."}
SECRET = "buckwheat"


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.CRM_PRIVATE_ROOT = tmp_path / "private"
    return settings.CRM_PRIVATE_ROOT


def stored(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def form(root):
    """A form with a message and a file that keeps answers for so many days."""

    def make(keep_days=30, kind="other", **more):
        rows = [
            EMAIL,
            field("Family name", "singleline", "contact.family_name"),
            field("Message", "multiline", "message"),
            field("Plan", "file", file_kinds="pdf", max_mb=1),
        ]
        return build(root, *rows, kind=kind, keep_days=keep_days, **more)

    return make


def plan():
    return SimpleUploadedFile("plan.pdf", PDF)


def pass_by(visitor, days):
    visitor.clock.shift(dt.timedelta(days=days))
    queue.run_due("answers-expiry")


def everything():
    """All rows of the CRM as one text."""
    rows = []
    for name in ("Submission", "Touchpoint", "Claim", "Upload", "Delivery"):
        rows += getattr(models, name).objects.all()
    told = serializers.serialize("json", rows)
    return json.dumps(json.loads(told), ensure_ascii=False)


class TestWhenTheTimeIsOver:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_answers_and_files_are_gone_everywhere(self, visit, form, private_folder):
        visitor = visit(form())
        visitor.send(**SAID, plan=plan())
        assert SECRET in everything()
        assert stored(private_folder)
        pass_by(visitor, 31)
        assert SECRET not in everything()
        assert not stored(private_folder)
        row = Submission.objects.get()
        assert (row.answers, row.email_norm, row.phone_norm) == ([], "", "")
        assert row.forgotten_at
        assert not row.uploads.exists()

    def test_a_file_that_was_sent_twice_goes_with_each_of_its_forms(
        self, visit, form, private_folder
    ):
        visitor = visit(form())
        for number in range(5):
            visitor.stamp = ""
            visitor.open()
            visitor.send(**SAID | {"message": f"{SECRET} {number}"}, plan=plan())
        assert Submission.objects.count() == 5
        kept = Upload.objects.count()
        assert kept == len(stored(private_folder)) >= 4
        pass_by(visitor, 31)
        assert not Upload.objects.exists()
        assert not stored(private_folder)

    def test_what_still_waits_in_the_quarantine_goes_whole(
        self, visit, form, private_folder
    ):
        visitor = visit(form())
        visitor.send(**SAID, plan=plan(), crm_homepage="http://spam.example")
        assert Submission.objects.get().state == "held"
        pass_by(visitor, 29)
        assert stored(private_folder)
        pass_by(visitor, 2)
        assert not Submission.objects.exists()
        assert not stored(private_folder)


@pytest.mark.django_db
class TestWhatStays:
    def test_record_history_and_counts(self, visit, form):
        visitor = visit(form())
        visitor.open()
        visitor.send(**SAID, family_name="佐藤")
        before = form_results.numbers()
        pass_by(visitor, 31)
        contact = models.Contact.objects.get()
        assert contact.family_name == "佐藤"
        touch = Touchpoint.objects.get()
        assert (touch.page_title, touch.body, touch.answers) == ("A form", "", [])
        assert Submission.objects.get().contact == contact
        assert form_results.numbers() == before

    def test_until_then_everything_does(self, visit, form):
        visitor = visit(form())
        visitor.send(**SAID)
        pass_by(visitor, 29)
        assert Submission.objects.get().answers

    def test_without_a_number_for_ever(self, visit, form):
        visitor = visit(form(keep_days=None))
        visitor.send(**SAID)
        pass_by(visitor, 4_000)
        assert Submission.objects.get().answers

    def test_a_question_until_it_is_answered(self, visit, form, owner):
        visitor = visit(form(kind="inquiry"))
        visitor.send(**SAID)
        pass_by(visitor, 31)
        assert SECRET in Touchpoint.objects.get().body
        inquiries.close(Inquiry.objects.get(), by=owner)
        queue.run_due("answers-expiry")
        retention.forget()
        assert SECRET not in everything()
        assert Inquiry.objects.get().answered_at

    def test_what_no_worker_has_taken_in_yet(self, visit, form, settings):
        settings.CRM_CAPTURE = "worker"
        visitor = visit(form())
        visitor.send(**SAID, worker=False)
        pass_by(visitor, 31)
        assert Submission.objects.get().answers

    def test_a_change_that_may_still_be_confirmed(self, visit, form, contact):
        visitor = visit(form(keep_days=3))
        visitor.send(e_mail="hanako@mail.example", family_name="鈴木")
        assert Claim.objects.get().state == "waiting"
        pass_by(visitor, 4)
        assert Claim.objects.exists()
        pass_by(visitor, 4)
        assert not Claim.objects.exists()
        assert Submission.objects.get().answers == []


@pytest.mark.django_db
class TestTheNumber:
    def test_a_new_one_holds_for_what_came_before(self, visit, form):
        page = form(keep_days=None)
        visitor = visit(page)
        visitor.send(**SAID)
        page.keep_days = 5
        page.save_revision().publish()
        pass_by(visitor, 6)
        assert Submission.objects.get().answers == []

    def test_it_holds_after_the_page_is_gone(self, visit, form):
        page = form(keep_days=5)
        visitor = visit(page)
        visitor.send(**SAID)
        page.delete()
        pass_by(visitor, 6)
        assert Submission.objects.get().answers == []

    def test_taken_away_it_keeps_what_is_still_there(self, visit, form):
        page = form(keep_days=5)
        visitor = visit(page)
        visitor.send(**SAID)
        page.keep_days = None
        page.save_revision().publish()
        pass_by(visitor, 6)
        assert Submission.objects.get().answers

    def test_forms_with_other_numbers_go_by_their_own(self, visit, form):
        short = visit(form(keep_days=5, slug="short"))
        short.send(**SAID)
        long = visit(form(keep_days=50, slug="long"))
        long.send(**SAID)
        pass_by(long, 10)
        kept = {row.keep_days: bool(row.answers) for row in Submission.objects.all()}
        assert kept == {5: False, 50: True}

    def test_the_editor_reads_what_it_means(self):
        facts = {"consent_topic_id": None, "consent_wording": "", "purpose_of_use": ""}
        draft = problems.Draft("other", [], {**facts, "keep_days": "30"})
        said = [found for found in problems.find(draft) if "30 days" in found.text]
        assert [found.grave for found in said] == [False]

    @pytest.mark.parametrize("typed", ["", "-1", "x", "9" * 40, None])
    def test_what_is_no_number_says_nothing(self, typed):
        facts = {"consent_topic_id": None, "consent_wording": "", "purpose_of_use": ""}
        draft = problems.Draft("other", [], {**facts, "keep_days": typed})
        assert not [found for found in problems.find(draft) if "deleted" in found.text]


@pytest.mark.django_db
class TestThePanel:
    def test_it_stands_in_the_editor(self, client, owner, form):
        client.force_login(owner)
        page = form(keep_days=45)
        html = client.get(f"/admin/pages/{page.pk}/edit/").content.decode()
        assert "deleted 45 days after they were sent" in html

    def test_staff_see_when_answers_go_and_when_they_went(
        self, visit, form, owner, client
    ):
        visitor = visit(form(keep_days=10))
        visitor.send(**SAID)
        row = Submission.objects.get()
        url = f"/admin/crm/submissions/inspect/{row.pk}/"
        client.force_login(owner)
        assert "They are deleted after May 21, 2026" in client.get(url).content.decode()
        pass_by(visitor, 11)
        client.force_login(owner)
        assert "Deleted on May 22, 2026" in client.get(url).content.decode()


@pytest.mark.django_db
def test_portions_are_done_with_the_same_number_of_queries(
    visit, form, django_assert_num_queries
):
    visitor = visit(form(keep_days=1))
    for number in range(6):
        visitor.send(e_mail=f"v{number}@mail.example", message=f"{SECRET} {number}")
        visitor.clock.shift(dt.timedelta(minutes=15))
        visitor.open()
    assert Submission.objects.exclude(state="processed").count() == 0
    visitor.clock.shift(dt.timedelta(days=2))
    models.Confirmation.objects.all().delete()
    with django_assert_num_queries(11) as few:
        assert retention.forget(portion=1) == 1
    with django_assert_num_queries(len(few)):
        assert retention.forget(portion=4) == 4
    assert retention.forget() == 1
    assert retention.forget() == 0
    assert Delivery.objects.exists()
