"""A form page that changes, closes or goes while somebody is filling it in."""

import pytest
from django.test import Client
from wagtail.models import Locale

from crm_plugin.contacts.models import Contact
from crm_plugin.intake.models import Submission
from crm_plugin.touchpoints import history
from crm_plugin.touchpoints.models import Touchpoint
from example.models import InquiryFormField

from .building import EMAIL, build, field

pytestmark = pytest.mark.django_db
SAID = {"e_mail": "h@mail.example", "wish": "A table <b>by the window</b>"}


@pytest.fixture
def page(root):
    return build(root, EMAIL, field("Wish", "multiline", "message"))


@pytest.fixture
def visitor(visit, page):
    found = visit(page)
    found.open()
    return found


class TestClosed:
    def test_she_reads_that_it_closed_and_what_she_typed(self, visitor, page):
        page.unpublish()
        answer = visitor.send(**SAID)
        html = answer.content.decode()
        assert answer.status_code == 410
        assert "This form has just been closed" in html
        assert "A table &lt;b&gt;by the window&lt;/b&gt;" in html
        assert "h@mail.example" in html
        assert answer["Cache-Control"] == "private, no-store"
        assert not Submission.objects.exists()

    def test_in_the_language_of_the_page(self, visit, page):
        japanese, _new = Locale.objects.get_or_create(language_code="ja")
        page.get_parent().copy_for_translation(japanese).save_revision().publish()
        copy = page.copy_for_translation(japanese)
        copy.save_revision().publish()
        visitor = visit(copy)
        visitor.open()
        copy.refresh_from_db()
        copy.unpublish()
        html = visitor.send(**SAID).content.decode()
        assert '<html lang="ja">' in html
        assert "受付を終了しました" in html

    def test_a_draft_is_as_if_it_were_not_there(self, visitor, page):
        page.unpublish()
        assert visitor.client.get(visitor.url).status_code == 404
        assert visitor.client.post(visitor.url, SAID).status_code == 404
        forged = {**SAID, "crm_stamp": "a.b.c"}
        assert visitor.client.post(visitor.url, forged).status_code == 404


class TestChanged:
    def test_what_stood_in_a_field_that_is_gone_is_told_not_dropped(
        self, visitor, page
    ):
        page.form_fields.get(label="Wish").delete()
        html = visitor.send(**SAID).content.decode()
        assert "This is not asked any more: wish." in html
        assert "A table &lt;b&gt;by the window&lt;/b&gt;" in html
        assert not Submission.objects.exists()
        again = visitor.value("crm_stamp", html)
        assert visitor.send(e_mail="h@mail.example", crm_stamp=again).status_code == 302

    def test_an_address_in_parts_is_told_too(self, visit, root):
        page = build(root, EMAIL, field("Home", "postal"), slug="other")
        visitor = visit(page)
        visitor.open()
        page.form_fields.get(label="Home").delete()
        html = visitor.send(**SAID, home_city="旭川市").content.decode()
        assert "You typed: “旭川市”" in html

    def test_an_empty_field_that_is_gone_is_not_missed(self, visitor, page):
        page.form_fields.get(label="Wish").delete()
        assert visitor.send(e_mail="h@mail.example").status_code == 302

    def test_a_new_required_field_is_asked_and_nothing_lost(self, visitor, page):
        InquiryFormField.objects.create(
            page=page, label="Phone", field_type="phone", sort_order=9
        )
        html = visitor.send(**SAID).content.decode()
        assert "Phone: Please fill this in." in html
        assert "by the window" in html

    def test_what_was_never_asked_is_not_told_back(self, visitor):
        visitor.send(**SAID, is_staff="1", home_city="x")
        assert Submission.objects.count() == 1


class TestLost:
    def test_without_her_cookie_she_reads_what_she_typed(self, visitor):
        strict = Client(enforce_csrf_checks=True)
        said = {**SAID, "crm_stamp": visitor.stamp}
        html = strict.post(visitor.url, said).content.decode()
        assert "Your entries were not sent" in html
        assert "E-mail</dt>" in html
        assert "A table &lt;b&gt;by the window&lt;/b&gt;" in html

    def test_nobody_else_can_put_words_on_that_page(self, visitor):
        strict = Client(enforce_csrf_checks=True)
        html = strict.post(visitor.url, {"call": "0900-FRAUD"}).content.decode()
        assert "FRAUD" not in html


class TestDeleted:
    def test_history_and_submission_survive_their_page(self, visitor, page, owner):
        visitor.send(**SAID)
        revision = page.live_revision_id
        page.delete()
        row, touch = Submission.objects.get(), Touchpoint.objects.get()
        assert (row.page_title, touch.page_title) == ("A form", "A form")
        assert (row.revision, touch.revision) == (revision, revision)
        assert touch.answers[1]["text"] == SAID["wish"]
        (entry,) = [
            entry
            for entry in history.story(Contact.objects.get(), user=owner)
            if entry.kind == "inquiry"
        ]
        assert entry.body == SAID["wish"]

    def test_the_list_and_the_figures_still_name_it(self, visitor, page, client, owner):
        visitor.send(**SAID)
        page.delete()
        client.force_login(owner)
        html = client.get("/admin/crm/submissions/").content.decode()
        assert "A form" in html
        html = client.get("/admin/crm/reports/form_results/").content.decode()
        assert "A form" in html
