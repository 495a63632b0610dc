"""A form page that changes, closes or goes while somebody is filling it in."""

import re

import pytest
from django.test import Client
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Locale

from crm_plugin import signing
from crm_plugin.consents.models import ConsentEvent, Wording
from crm_plugin.contacts.models import Contact
from crm_plugin.intake.models import Submission
from crm_plugin.touchpoints import history
from crm_plugin.touchpoints.models import Touchpoint
from example.models import InquiryFormField
from tests.factories import SenderFactory, TopicFactory

from .building import EMAIL, build, field
from .test_steps import Walker

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


OLD, NEW = "Yes, the menu once a month.", "Yes, the menu every day, also by phone."


def reword(page, words=NEW):
    """An editor publishes the page with other words beside the tick."""
    page.refresh_from_db()
    page.consent_wording = words
    page.save_revision().publish()


def kept():
    """The words that the ledger keeps."""
    pks = ConsentEvent.objects.values_list("wording", flat=True)
    return [Wording.objects.get(pk=pk).text for pk in pks]


class TestReworded:
    @pytest.fixture
    def page(self, root, topic):
        wish = field("Wish", "multiline", "message")
        words = {"consent_topic": topic, "consent_wording": OLD}
        return build(root, EMAIL, wish, **words)

    def test_whoever_ticked_other_words_reads_them_first(self, visitor, page):
        reword(page)
        answer = visitor.send(**SAID, crm_consent="on")
        html = answer.content.decode()
        assert "These words have changed. Please read them and tick again." in html
        assert NEW in html
        assert "A table &lt;b&gt;by the window&lt;/b&gt;" in html
        tick = html[html.index('name="crm_consent"') :].split(">")[0]
        assert "checked" not in tick
        assert not Submission.objects.exists()
        again = {**SAID, "crm_stamp": visitor.value("crm_stamp", html)}
        assert visitor.send(**again, crm_consent="on").status_code == 302
        assert kept() == [NEW]
        page.refresh_from_db()
        assert Submission.objects.get().revision == page.live_revision_id

    def test_she_may_send_it_without_the_tick_then(self, visitor, page):
        reword(page)
        html = visitor.send(**SAID, crm_consent="on").content.decode()
        again = visitor.value("crm_stamp", html)
        assert visitor.send(**SAID, crm_stamp=again).status_code == 302
        assert kept() == []

    def test_an_error_beside_it_takes_no_tick_along(self, visitor, page):
        reword(page)
        typed = {**SAID, "e_mail": "none"}
        html = visitor.send(**typed, crm_consent="on").content.decode()
        assert "These words have changed" in html
        tick = html[html.index('name="crm_consent"') :].split(">")[0]
        assert "checked" not in tick

    def test_without_a_tick_it_is_stored_as_she_opened_it(self, visitor, page):
        opened = page.live_revision_id
        reword(page)
        assert visitor.send(**SAID).status_code == 302
        page.refresh_from_db()
        assert Submission.objects.get().revision == opened != page.live_revision_id

    def test_another_change_of_the_page_takes_no_tick(self, visitor, page):
        opened = page.live_revision_id
        reword(page, OLD)
        assert visitor.send(**SAID, crm_consent="on").status_code == 302
        assert kept() == [OLD]
        assert ConsentEvent.objects.get().revision == opened

    def test_a_stamp_that_tells_no_words_is_taken(self, visitor, page):
        payload = signing.read("form", visitor.stamp)
        ident = payload.pop("id")
        older = {name: payload[name] for name in "ntswf"}
        reword(page)
        said = {**SAID, "crm_stamp": signing.make("form", ident, **older)}
        assert visitor.send(**said, crm_consent="on").status_code == 302

    def test_of_several_topics_only_the_one_with_other_words(self, visit, root):
        for key in ("menu", "music"):
            TopicFactory(key=key)
        words = {"menu": OLD, "music": "Evenings with music."}
        ticks = field("News", "topics", wordings=words)
        page = build(root, EMAIL, ticks, slug="topics")
        visitor = visit(page)
        visitor.open()
        page.form_fields.filter(label="News").update(wordings={**words, "menu": NEW})
        said = {"e_mail": "h@mail.example", "news": ["menu", "music"]}
        html = visitor.send(**said).content.decode()
        assert "News: These words have changed." in html
        assert re.findall(r'value="(\w+)"[^>]*checked', html) == ["music"]
        assert not Submission.objects.exists()
        again = visitor.value("crm_stamp", html)
        visitor.send(**said, crm_stamp=again)
        assert sorted(kept()) == ["Evenings with music.", NEW]

    def test_a_topic_whose_words_stayed_is_taken(self, visit, root):
        for key in ("menu", "music"):
            TopicFactory(key=key)
        words = {"menu": OLD, "music": "Evenings with music."}
        page = build(
            root, EMAIL, field("News", "topics", wordings=words), slug="topics"
        )
        visitor = visit(page)
        visitor.open()
        page.form_fields.filter(label="News").update(wordings={**words, "menu": NEW})
        said = {"e_mail": "h@mail.example", "news": ["music"]}
        assert visitor.send(**said).status_code == 302

    def test_a_sign_up_says_its_words_before_it_is_sent(self, visit, sign_up_page):
        visitor = visit(sign_up_page)
        visitor.open()
        reword(sign_up_page)
        html = visitor.send(e_mail="h@mail.example").content.decode()
        assert "The words about our news have changed. Please read them" in html
        assert NEW in html
        assert "h@mail.example" in html
        assert not Submission.objects.exists()
        again = visitor.value("crm_stamp", html)
        visitor.send(e_mail="h@mail.example", crm_stamp=again)
        assert kept() == [NEW]

    def test_in_a_form_of_steps_the_step_with_the_words_comes_back(self, visit, root):
        TopicFactory(key="menu")
        page = build(
            root,
            field("News", "topics", wordings={"menu": OLD}),
            field("About you", "page"),
            EMAIL,
            slug="steps",
        )
        walker = Walker(visit(page))
        page.form_fields.filter(label="News").update(wordings={"menu": NEW})
        walker.press("next", news="menu")
        walker.press("back", e_mail="h@mail.example")
        walker.press("next", news="menu")
        walker.press(e_mail="h@mail.example")
        assert "News: These words have changed." in walker.html
        assert walker.progress == (1, 2)
        assert NEW in walker.html
        assert "checked" not in walker.html
        assert not Submission.objects.exists()
        walker.press("next", news="menu")
        assert walker.press(e_mail="h@mail.example").status_code == 302
        assert kept() == [NEW]


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


ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "https://other.hinata.example"},
    {"Origin": "https://fraud.example"},
    {"Origin": "null"},
]
HERE = [
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {"Origin": "http://testserver"},
    {"Origin": "https://testserver"},
]


class TestCopiedStamp:
    """Somebody opens the form, and has others send its stamp with words of his own."""

    @pytest.mark.parametrize("headers", ELSEWHERE)
    @pytest.mark.parametrize("way", ["refused", "closed", "deleted"])
    def test_another_site_puts_no_words_on_our_pages(self, visitor, page, headers, way):
        if way == "closed":
            page.unpublish()
        elif way == "deleted":
            page.delete()
        client = Client(enforce_csrf_checks=way == "refused")
        said = {**SAID, "crm_stamp": visitor.stamp}
        answer = client.post(visitor.url, said, headers=headers)
        assert answer.status_code == (403 if way == "refused" else 410)
        assert "by the window" not in answer.content.decode()

    @pytest.mark.parametrize("headers", HERE)
    def test_our_own_page_gives_them_back(self, visitor, headers):
        strict = Client(enforce_csrf_checks=True)
        said = {**SAID, "crm_stamp": visitor.stamp}
        html = strict.post(visitor.url, said, headers=headers).content.decode()
        assert "A table &lt;b&gt;by the window&lt;/b&gt;" in html

    @pytest.mark.parametrize("gone", [False, True])
    def test_a_name_that_the_form_does_not_have_is_not_shown(self, visitor, page, gone):
        if gone:
            page.delete()
        strict = Client(enforce_csrf_checks=not gone)
        said = {**SAID, "Call_0900-FRAUD": "now", "crm_stamp": visitor.stamp}
        html = strict.post(visitor.url, said).content.decode()
        assert "FRAUD" not in html
        assert "h@mail.example" in html

    def test_an_address_in_parts_stands_under_its_field(self, visit, root):
        visitor = visit(build(root, EMAIL, field("Home", "postal"), slug="other"))
        visitor.open()
        strict = Client(enforce_csrf_checks=True)
        said = {"home_city": "旭川市", "crm_stamp": visitor.stamp}
        html = strict.post(visitor.url, said).content.decode()
        assert "Home</dt>" in html
        assert "旭川市" in html


class TestDeleted:
    def test_who_is_filling_it_in_reads_so_and_what_she_typed(
        self, visitor, page, owner
    ):
        SenderFactory(from_email="hello@hinata.example")
        page.delete()
        answer = visitor.send(**SAID)
        html = answer.content.decode()
        assert answer.status_code == 410
        assert "This form has just been closed" in html
        assert "A table &lt;b&gt;by the window&lt;/b&gt;" in html
        assert "mailto:hello@hinata.example" in html
        assert answer["Cache-Control"] == "private, no-store"
        assert not Submission.objects.exists()

    def test_in_the_language_of_the_address(self, visitor, page):
        page.delete()
        visitor.url = visitor.url.replace("/en/", "/ja/")
        html = visitor.send(**SAID).content.decode()
        assert '<html lang="ja">' in html
        assert "受付を終了しました" in html

    def test_nobody_else_can_put_words_on_that_page(self, visitor, page):
        page.delete()
        for stamp in ("", "a.b.c"):
            answer = visitor.send(**SAID, crm_stamp=stamp)
            assert answer.status_code == 404
            assert "by the window" not in answer.content.decode()
        assert visitor.client.get(visitor.url).status_code == 404

    def test_to_a_page_that_moved_it_is_sent_on_whole(self, visitor, page, root):
        Redirect.objects.create(old_path=visitor.url, redirect_page=page)
        page.slug = "moved"
        page.save_revision().publish()
        answer = visitor.send(**SAID)
        assert (answer.status_code, answer.url) == (307, "/en/moved/")
        visitor.url = answer.url
        assert visitor.send(**SAID).status_code == 302
        assert Submission.objects.get().answers[1]["text"] == SAID["wish"]

    def test_a_post_to_any_other_missing_address_is_not_found(self, client, root):
        assert client.post("/en/nothing/", {"a": "b"}).status_code == 404
        assert client.post("/en/nothing/", b"\x00", "text/plain").status_code == 404

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
