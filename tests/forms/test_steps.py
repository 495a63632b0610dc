"""A form in steps, filled in with nothing but links, inputs and buttons."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from crm_plugin.contacts.models import Contact
from crm_plugin.intake.models import Submission

from .building import EMAIL, build, field

pytestmark = pytest.mark.django_db
ROWS = [
    field("Occasion", "radio", choices="Party\nMeeting", required=True),
    field("About the party", "page"),
    field("Guests", "number", required=True, only_if="Occasion", only_if_value="Party"),
    field("Music", "checkbox", only_if="Occasion", only_if_value="Party"),
    field("About you", "page"),
    field("Family name", "singleline", "contact.family_name", required=True),
    EMAIL,
]
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Walker:
    """A visitor who presses the buttons of each step that is shown."""

    def __init__(self, visitor):
        self.visitor = visitor
        visitor.open()
        self.html = visitor.shown.content.decode()

    def press(self, go="", **said):
        carried = {
            name: value
            for name, value in HIDDEN.findall(self.html)
            if name != "csrfmiddlewaretoken"
        }
        if go:
            said["crm_go"] = go
        answer = self.visitor.send(**{**carried, **said})
        self.html = answer.content.decode()
        return answer

    @property
    def progress(self):
        found = re.search(r"Step (\d) of (\d)", self.html)
        return found and (int(found[1]), int(found[2]))


@pytest.fixture
def walker(visit, root):
    return Walker(visit(build(root, *ROWS)))


def test_each_step_shows_its_own_fields_and_says_where_it_is(walker):
    assert walker.progress == (1, 2)
    assert 'name="occasion"' in walker.html
    assert 'name="family_name"' not in walker.html
    assert ">Send<" not in walker.html
    walker.press("next", occasion="Party")
    assert walker.progress == (2, 3)
    assert "About the party" in walker.html
    assert 'name="guests"' in walker.html


def test_all_steps_together_are_one_submission(walker):
    walker.press("next", occasion="Party")
    walker.press("next", guests="20", music="on")
    assert not Submission.objects.exists()
    assert walker.press(family_name="佐藤", e_mail="h@mail.example").status_code == 302
    answers = {a["label"]: a["text"] for a in Submission.objects.get().answers}
    assert answers == {
        "Occasion": "Party",
        "Guests": "20",
        "Music": "Yes",
        "Family name": "佐藤",
        "E-mail": "h@mail.example",
    }
    assert Contact.objects.get().family_name == "佐藤"


def test_a_step_without_a_question_is_passed_over(walker):
    walker.press("next", occasion="Meeting")
    assert walker.progress == (2, 2)
    assert 'name="family_name"' in walker.html
    assert walker.press(family_name="佐藤", e_mail="h@mail.example").status_code == 302
    assert len(Submission.objects.get().answers) == 3


def test_an_error_stays_at_its_step(walker):
    walker.press("next")
    assert walker.progress == (1, 2)
    assert "Occasion: Please choose." in walker.html
    assert "Family name:" not in walker.html


def test_back_keeps_everything_and_judges_nothing(walker):
    walker.press("next", occasion="Party")
    walker.press("back", guests="as many as come", music="on")
    assert walker.progress[0] == 1
    assert re.search(r'value="Party"[^>]* checked', walker.html)
    assert "Please check these entries" not in walker.html
    walker.press("next", occasion="Party")
    assert 'value="as many as come"' in walker.html
    assert re.search(r'name="music"[^>]* checked', walker.html)


def test_what_is_wrong_in_an_earlier_step_leads_back_to_it(walker):
    walker.press("next", occasion="Party")
    walker.press("next", guests="20")
    walker.html = walker.html.replace('value="20"', 'value="many"')
    walker.press(family_name="佐藤", e_mail="h@mail.example")
    assert walker.progress == (2, 3)
    assert "not a number" in walker.html
    assert 'value="佐藤"' in walker.html
    assert not Submission.objects.exists()


@pytest.mark.parametrize("step", ["-1", "99", "x", "²", "0" * 50])
def test_a_step_that_is_none_breaks_nothing(walker, step):
    html = walker.visitor.send(crm_step=step, crm_go="next").content.decode()
    assert "Please check these entries" in html


def test_nobody_can_skip_a_required_step(walker):
    said = {"family_name": "佐藤", "e_mail": "h@mail.example", "crm_step": "2"}
    html = walker.visitor.send(**said).content.decode()
    assert "Occasion: Please choose." in html
    assert not Submission.objects.exists()


def test_the_tick_and_the_button_stand_at_the_end(visit, root, topic):
    page = build(root, *ROWS, consent_topic=topic, consent_wording="News, please.")
    walker = Walker(visit(page))
    assert "crm_consent" not in walker.html
    walker.press("next", occasion="Meeting")
    assert 'name="crm_consent"' in walker.html
    assert ">Send<" in walker.html


def test_a_file_goes_along_through_the_steps(visit, root):
    rows = [
        field("Plan", "file", file_kinds="pdf", max_mb=1, required=True),
        field("About you", "page"),
        EMAIL,
    ]
    walker = Walker(visit(build(root, *rows)))
    plan = SimpleUploadedFile("plan.pdf", b"%PDF-1.7 the plan")
    walker.press("next", plan=plan)
    assert 'name="plan_kept"' in walker.html
    walker.press("back")
    assert "plan.pdf" in walker.html
    walker.press("next")
    assert walker.press(e_mail="h@mail.example").status_code == 302
    assert Submission.objects.get().uploads.get().name == "plan.pdf"


def test_a_form_without_a_new_page_is_as_before(visit, root):
    html = visit(build(root, EMAIL)).open().content.decode()
    assert "crm_step" not in html
    assert "Step 1" not in html
