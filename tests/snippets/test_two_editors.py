"""Two members of staff at one form: whoever saves second is told, and loses nothing."""

import html

import pytest
from django.contrib.auth.models import User
from django.test import Client
from wagtail.test.utils.form_data import nested_form_data, streamfield

from crm_plugin.campaigns.models import Campaign
from crm_plugin.ui.meanwhile import MeanwhileMixin
from tests import permission_matrix
from tests.filled import form_of
from tests.permission_world import World, routes

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NAMES = sorted(permission_matrix.flat(permission_matrix.READ))
# Every screen called "edit", of whichever noun, and those with a name of their own.
OTHERS = ("crm_contact:preferences", "crm_contact:origin")
# Wagtail's own screen for a page; and one with nothing to type, asked on its own.
ELSEWHERE = ("crm_members:edit", "crm_promoted:edit")
EDITORS = [
    name
    for name in NAMES
    if name.partition(":")[2].startswith("edit") and name not in ELSEWHERE
] + list(OTHERS)
# What is typed into, where it is not the first input of the form.
TYPED = {
    "crm_purchase:edit": "lines-0-name",
    "crm_plan_period:edit": "note",
    "crm_contact:edit": "contact__given_name",
    "crm_contact:preferences": "paused_until",
    "crm_contact:origin": "heard_from_note",
    "crm_organisation:edit_place": "title",
    "crm_campaign:edit": "name",
}
WORDS = {"crm_contact:preferences": ("2031-01-31", "2032-02-28")}
ONE_LINE = nested_form_data(
    {
        "lines": streamfield(
            [
                (
                    "line",
                    {
                        **{"points": "5", "given": "once", "most": "", "half_life": ""},
                        "rule": streamfield([("language", {"languages": "en"})]),
                    },
                )
            ]
        )
    }
)
# What a script adds to the form, and what is asked for each time.
MORE = {
    "crm_segment:edit": {"rule-count": "0"},
    "crm_score:edit": ONE_LINE,
    "crm_campaign:edit": {"versions-0-body-count": "0"},
    "crm_contact:preferences": {"basis": "phone"},
}
JSON = {"Accept": "application/json"}


@pytest.fixture
def at(client, owner):
    """Opens the screen *name*: its form, what to type into, and a way to send it."""
    client.force_login(owner)
    colleague = Client()
    colleague.force_login(User.objects.create_superuser("colleague"))
    world = World()
    world.attribute.choices.create(key="birthday", label="Birthday")
    world.purchase.lines.create(name="Set A", amount=world.purchase.amount)

    def open_screen(name):
        screen = Screen(client, name, world.url(name, routes()[name]))
        screen.colleague = colleague
        return screen

    return open_screen


class Screen:
    def __init__(self, client, name, url):
        self.client, self.name, self.url = client, name, url
        self.form, typed = self.read(client.get(url))
        self.into = TYPED.get(name) or typed[0]
        self.first, self.second = WORDS.get(name, ("Changed first", "Changed second"))

    def read(self, answer):
        assert answer.status_code == 200
        return form_of(answer.content.decode())

    def send(self, words, form=None, *, by=None):
        data = {**(form or self.form), **MORE.get(self.name, {}), self.into: words}
        return (by or self.client).post(self.url, data)


def why(answer):
    """What the page complains of, for whoever reads a failure."""
    form = getattr(answer, "context", None) and answer.context.get("form")
    return form is not None and form.errors


@pytest.mark.parametrize("name", EDITORS)
def test_the_second_is_told_keeps_the_words_and_may_save_again(name, at):
    screen = at(name)
    answer = screen.send(screen.first, by=screen.colleague)
    assert answer.status_code == 302, why(answer)
    told = screen.send(screen.second)
    text = html.unescape(told.content.decode())
    assert "Somebody else saved this record while you were typing." in text
    assert told.context["theirs"]
    kept, _typed = screen.read(told)
    assert kept[screen.into] == [screen.second]
    on_record, _typed = screen.read(screen.client.get(screen.url))
    assert on_record[screen.into] == [screen.first]
    answer = screen.send(screen.second, kept)
    assert answer.status_code == 302, why(answer)
    on_record, _typed = screen.read(screen.client.get(screen.url))
    assert on_record[screen.into] == [screen.second]


def test_what_was_read_before_waiting_for_somebody_else_is_read_again(at, monkeypatch):
    """The page saves by itself, and its own button publishes a moment sooner."""
    draft = Campaign.objects.get()
    draft.live = False
    draft.save(update_fields=["live"])
    draft.save_revision()
    screen = at("crm_campaign:edit")
    wait, button = MeanwhileMixin.wait, {**screen.form, "action-publish": "1"}

    def wait_for_the_button(view):
        monkeypatch.setattr(MeanwhileMixin, "wait", wait)
        answer = screen.send("As it was published", button)
        assert answer.status_code == 302, why(answer)
        wait(view)

    monkeypatch.setattr(MeanwhileMixin, "wait", wait_for_the_button)
    said = {**screen.form, **MORE[screen.name], "name": "As it was typed"}
    by_itself = screen.client.post(screen.url, said, headers=JSON)
    assert by_itself.status_code == 400
    assert "newer version" in by_itself.json()["error_message"]
    now = Campaign.objects.get()
    assert (now.live, now.name) == (True, "As it was published")
    assert now.get_latest_revision_as_object().name == "As it was published"
