"""Every route of the plugin against every role, from the resolver itself."""

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from wagtail.log_actions import log

from tests import factories, permission_matrix
from tests.permission_world import SECRETS, World, routes

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LETTERS = {
    "anonymous": "a",
    "outsider": "x",
    "marketer": "m",
    "staff": "s",
    "owner": "o",
}
READ = permission_matrix.flat(permission_matrix.READ)
ACT = permission_matrix.flat(permission_matrix.ACT)
EXPORT = permission_matrix.flat(permission_matrix.EXPORT)
FORMATS = ("csv", "xlsx")
# A click is kept (and noted for the segments); the queue's pulse, and whose turn it is to
# have a preview counted, are no record.
MAY_GROW = {
    *("Response", "Touchpoint", "ContactChange"),
    *("Heartbeat", "Work", "PreviewTurn"),
}


@pytest.fixture
def world():
    return World()


@pytest.fixture
def browser(request, role, outsider):
    """A browser of *who*: a role of the shop, the outsider, or nobody."""

    def make(who):
        client = Client(raise_request_exception=False)
        if who != "anonymous":
            client.force_login(outsider if who == "outsider" else role(who))
        return client

    return make


def refused(answer) -> bool:
    if answer.status_code == 302:
        to = answer["Location"]
        return to == "/admin/" or to.startswith("/admin/login/")
    return answer.status_code in (403, 404)


def told(answer) -> bool:
    """Whether the answer, or where it leads to, holds what nobody else may know."""
    return any(secret in answer.content.decode() for secret in SECRETS)


def wrong(who, name, answer, *, may) -> str:
    """What is wrong about this answer, or nothing."""
    no = refused(answer)
    if may and (no or answer.status_code >= 500):
        return f"{who} should open {name}, got {answer.status_code}"
    if not may and not no:
        return f"{who} should not open {name}, got {answer.status_code}"
    if not may and told(answer):
        return f"{who} is refused {name}, but reads a secret"
    return ""


def written() -> dict[str, list[str]]:
    """All that stands in the tables of the CRM."""
    return {
        model.__name__: sorted(map(repr, model.objects.order_by().values_list()))
        for model in apps.get_app_config("crm_plugin").get_models()
        if model.__name__ not in MAY_GROW
    }


def test_every_route_has_a_line_and_every_line_a_route():
    assert not set(READ) & set(ACT)
    assert set(routes()) == set(READ) | set(ACT)


@pytest.mark.parametrize("who", LETTERS)
def test_a_role_opens_what_the_table_says_and_nothing_is_written(who, world, browser):
    client, arguments, before = browser(who), routes(), written()
    wrongs = [
        wrong(
            who,
            name,
            client.get(world.url(name, arguments[name])),
            may=LETTERS[who] in letters,
        )
        for name, letters in READ.items()
    ]
    assert [line for line in wrongs if line] == []
    assert written() == before


@pytest.mark.parametrize("who", LETTERS)
def test_a_route_for_acting_is_shut_for_get_and_for_other_roles(who, world, browser):
    client, arguments, before = browser(who), routes(), written()
    wrongs = []
    for name, letters in ACT.items():
        url = world.url(name, arguments[name])
        answer = client.get(url)
        if answer.status_code != 405 and not refused(answer):
            wrongs.append(f"{who} may GET {name}: {answer.status_code}")
        if LETTERS[who] not in letters:
            wrongs.append(wrong(who, name, client.post(url), may=False))
        elif answer.status_code != 405:
            wrongs.append(f"{who} is refused {name}: {answer.status_code}")
    assert [line for line in wrongs if line] == []
    assert written() == before


@pytest.mark.parametrize("who", [who for who in LETTERS if who != "owner"])
def test_nobody_posts_where_the_role_may_not_even_look(who, world, browser):
    client, arguments, before = browser(who), routes(), written()
    wrongs = []
    for name, letters in READ.items():
        if LETTERS[who] not in letters:
            answer = client.post(world.url(name, arguments[name]))
            if told(answer) or not (refused(answer) or answer.status_code == 405):
                wrongs.append(f"{who} may POST {name}: {answer.status_code}")
    assert wrongs == []
    assert written() == before


def a_file(answer) -> bool:
    return "attachment" in answer.get("Content-Disposition", "")


@pytest.mark.slow
def test_every_list_that_exports_has_a_line(world, browser):
    client, arguments = browser("owner"), routes()
    urls = {name: world.url(name, arguments[name]) for name in READ}
    found = {
        name
        for name, url in urls.items()
        if a_file(client.get(url, {"export": "csv"})) and not a_file(client.get(url))
    }
    # The results of a list are the list.
    assert {name.replace("_results", "") for name in found} == set(EXPORT)


@pytest.mark.parametrize("who", LETTERS)
def test_a_file_is_for_the_roles_with_the_right(who, world, browser):
    client, arguments, before = browser(who), routes(), written()
    results = {f"{name}_results": by for name, by in EXPORT.items()}
    lists = EXPORT | {name: by for name, by in results.items() if name in READ}
    wrongs = []
    for name, letters in lists.items():
        for asked in FORMATS:
            answer = client.get(world.url(name, arguments[name]), {"export": asked})
            may = LETTERS[who] in letters
            if a_file(answer) != may:
                wrongs.append(f"{who} {name} {asked}: {answer.status_code}")
            if not may and told(answer) and LETTERS[who] not in READ[name]:
                wrongs.append(f"{who} reads a secret of {name}")
    assert wrongs == []
    if who != "owner":
        assert written() == before


def test_a_marketer_reads_an_inquiry_but_cannot_answer_it(world, browser):
    client, before = browser("marketer"), written()
    data = {"way": "mail", "subject": "Re", "body": "Hello", "summary": "Hello"}
    client.post(world.url("crm_inquiry:answer", ("pk",)), data)
    assert written() == before


def test_a_segment_that_reads_sensitive_answers_is_hidden_from_marketers(browser):
    segment = factories.SegmentFactory(name="Peanut allergy", live=True)
    type(segment).objects.update(reads_sensitive=True)
    client, choosers = browser("marketer"), "wagtailsnippetchoosers_crm_plugin_segment"
    addresses = [
        reverse(f"crm_segment:{view}", args=[segment.pk])
        for view in ("edit", "inspect", "history", "usage", "delete")
    ]
    chosen = reverse(f"{choosers}:chosen", args=[segment.pk])
    assert {client.get(url).status_code for url in [*addresses, chosen]} == {404}
    several = reverse(f"{choosers}:chosen_multiple")
    for url in (several, reverse(f"{choosers}:choose"), reverse("crm_segment:list")):
        assert "Peanut" not in client.get(url, {"id": segment.pk}).content.decode()


def test_the_site_history_does_not_name_a_sensitive_segment(browser):
    segment = factories.SegmentFactory(name="Peanut allergy", live=True)
    log(segment, "wagtail.create")
    type(segment).objects.update(reads_sensitive=True)
    log(segment, "wagtail.edit")
    url = reverse("wagtailadmin_reports:site_history")
    shown = browser("marketer").get(url).content.decode()
    assert "Peanut" not in shown
    assert shown.count(f"sensitive segment no. {segment.pk}") >= 2


SNIPPETS = ("campaign", "segment", "servicemessage")


@pytest.mark.parametrize("model", SNIPPETS)
def test_outsiders_cannot_read_names_by_deleting_several(model, world, browser):
    rows = apps.get_model("crm_plugin", model).objects.values_list("pk", flat=True)
    url = reverse("wagtail_bulk_action", args=["crm_plugin", model, "delete"])
    for who in ("anonymous", "outsider"):
        for asked in (rows[0], "all"):
            answer = browser(who).get(url, {"id": asked, "next": "/admin/"})
            assert refused(answer)
            assert str(rows.model.objects.first()) not in answer.content.decode()


def test_several_segments_are_deleted_only_where_all_may_be_seen(browser):
    hidden = factories.SegmentFactory(name="Peanut allergy", live=True)
    type(hidden).objects.update(reads_sensitive=True)
    open_one = factories.SegmentFactory(name="Lunch guests", live=True)
    url = reverse("wagtail_bulk_action", args=["crm_plugin", "segment", "delete"])
    client, asked = browser("marketer"), f"?id={hidden.pk}&id={open_one.pk}"
    assert "Peanut" not in client.get(url + asked).content.decode()
    client.post(url + asked)
    assert [str(row) for row in type(hidden).objects.all()] == ["Peanut allergy"]


def test_a_sensitive_attribute_is_hidden_from_marketers(browser):
    attribute = factories.AttributeFactory(label="Allergies", sensitive=True)
    client = browser("marketer")
    assert (
        client.get(reverse("crm_attribute:edit", args=[attribute.pk])).status_code
        == 404
    )
    assert (
        "Allergies" not in client.get(reverse("crm_attribute:index")).content.decode()
    )


def test_a_page_of_what_does_not_exist_answers_404(world, browser):
    client, arguments = browser("owner"), routes()
    for row in world.objects.values():
        row.pk = 987_654
    found = {
        name: client.get(world.url(name, arguments[name])).status_code
        for name in READ
        if {"pk", "instance_pk"} & set(arguments[name])
    }
    assert {name for name, status in found.items() if status >= 500} == set()
    assert {name for name, status in found.items() if status == 200} == set()
