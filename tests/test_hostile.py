"""Scripts that visitors and sheets bring in are shown as text, on every screen."""

import pytest
from django.urls import reverse
from django.utils import timezone

from crm_plugin import models
from tests import factories, permission_matrix
from tests.permission_world import World, routes

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MARK = "zq9"
PAYLOADS = [
    f"<script>{MARK}</script>",
    f"</script><script>{MARK}</script>",
    f'"><script>{MARK}</script>',
    f"'><script>{MARK}</script>",
    f"<img src=x onerror={MARK}>",
    f'"><img src=x onerror={MARK}>',
    f"<svg onload={MARK}>",
    f"<svg/onload={MARK}//",
    f"<iframe src=javascript:{MARK}>",
    f"<a href=javascript:{MARK}>x</a>",
    f"</title><b id={MARK}>",
    f"</textarea><b id={MARK}>",
    f"--><b id={MARK}>",
    f"<details open ontoggle={MARK}>",
    f"<ScRiPt>{MARK}</sCrIpT>",
]
SCREENS = {
    "crm_contact:inspect": ("pk",),
    "crm_contact:edit": ("pk",),
    "crm_contact:story": ("pk",),
    "crm_contact:index": (),
    "crm_today:index": (),
    "crm_inquiry:index": (),
    "crm_inquiry:answer": ("pk",),
    "crm_booking:index": (),
    "crm_booking:week": (),
    "crm_booking:waiting": (),
    "crm_booking:detail": ("pk",),
    "crm_booking:move": ("pk",),
    "crm_organisation:inspect": ("pk",),
    "crm_submission:inspect": ("pk",),
    "crm_claim:index": (),
    "crm_contact:why": ("pk",),
    "crm_contact:origin": ("pk",),
    "crm_contact:quick": (),
    "crm_duplicate:index": (),
    "crm_merge:choose": ("pk",),
    "crm_merge:undo": ("pk",),
    "crm_deal:index": (),
    "crm_deal:list": (),
    "crm_deal:inspect": ("pk",),
    "crm_counter:index": (),
    "crm_call:contact": ("pk",),
    "crm_purchase:index": (),
    "crm_import:index": (),
    "crm_import:columns": ("public_id",),
    "crm_segment:inspect": ("pk",),
    "crm_segment:preview_on_edit": ("pk",),
    "crm_ledgers_touchpoints_modeladmin_inspect": ("instance_pk",),
    "crm_ledgers_import-rows_modeladmin_inspect": ("instance_pk",),
}


def poison(world, payload):
    """Put *payload* wherever somebody from outside can write."""
    contact = world.contact
    organisation = factories.OrganisationFactory(name=payload)
    models.Affiliation.objects.create(
        contact=contact, organisation=organisation, title=payload
    )
    attribute = factories.AttributeFactory(key="wish", type="text", label="Wish")
    models.ContactValue.objects.create(
        owner=contact, definition=attribute, text=payload
    )
    for row, values in (
        (
            contact,
            {
                "family_name": payload,
                "given_name": payload,
                "family_kana": payload,
                "given_kana": payload,
                "heard_from_note": payload,
                "note": payload,
            },
        ),
        (world.pair.higher, {"family_name": payload, "note": payload[::-1]}),
        (world.deal, {"title": payload}),
        (world.organisation, {"name": payload}),
        (
            world.touchpoint,
            {"summary": payload, "body": payload, "page_title": payload},
        ),
        (world.inquiry, {"subject": payload}),
        (world.follow_up, {"what": payload}),
        (world.booking, {"note": payload, "starts_at": timezone.now()}),
        (world.waiting, {"note": payload}),
        (world.claim, {"text": payload, "value": payload, "label": payload}),
        (world.batch, {"file_name": payload, "headers": [payload]}),
        (world.import_row, {"raw": [payload], "problems": [payload]}),
    ):
        type(row).objects.filter(pk=row.pk).update(**values)
    for old in models.Change.objects.filter(
        model="contact", field="", new__isnull=True
    ):
        models.Change.objects.filter(pk=old.pk).update(
            old={**(old.old or {}), "family_name": payload}
        )
    models.ContactPoint.objects.create(
        contact=contact, kind="postal", value=payload, value_norm=payload
    )
    answers = [{**world.submission.answers[0], "value": payload, "text": payload}]
    models.Submission.objects.update(answers=answers, page_title=payload)


# Two at a time: a name has room for no more.
PAIRS = [PAYLOADS[start : start + 2] for start in range(0, len(PAYLOADS), 2)]


@pytest.mark.parametrize("payloads", PAIRS, ids=" ".join)
def test_no_screen_shows_a_payload_as_markup(payloads, client, owner):
    world = World()
    poison(world, " ".join(payloads))
    client.force_login(owner)
    shown, raw = 0, []
    for name, arguments in SCREENS.items():
        answer = client.get(world.url(name, arguments))
        assert answer.status_code == 200, name
        html = answer.content.decode()
        shown += MARK in html
        if any(payload in html for payload in payloads):
            raw.append(name)
    both = {"survivor": world.pair.lower_id, "duplicate": world.pair.higher_id}
    preview = client.get(reverse("crm_merge:preview"), both).content.decode()
    assert MARK in preview
    assert not [payload for payload in payloads if payload in preview]
    assert raw == []
    assert shown > len(SCREENS) // 2


# More digits than Python reads as a number, and a number that no table can hold.
DIGITS = ["9" * 5_000, "9" * 40, "²"]
ASKED = (
    "contact organisation owner who page_id p form room service survivor duplicate"
    " person point sender segment since days number stage id slot party purchase"
)
SENT = (
    "contact organisation person claim owner owner_was stage service slot at party"
    " point pair purchase product-{0} chosen another years version form-TOTAL_FORMS"
)
DO = ("look", "owner", "claim:{0}:accept", "another", "")
# One in every run, all of them in the long one.
BOUNDLESS = [
    pytest.param(digits, id=name, marks=[] if name == "5000" else pytest.mark.slow)
    for name, digits in zip(("5000", "40", "squared"), DIGITS, strict=True)
]


@pytest.fixture
def doors(client, owner):
    """As an owner: every page's address, and a browser that is told of errors."""
    world = World()
    client.raise_request_exception = False
    client.force_login(owner)
    known = permission_matrix.flat(permission_matrix.READ)
    known |= permission_matrix.flat(permission_matrix.ACT)
    paths = routes()
    return client, world, {name: paths[name] for name in known}


@pytest.mark.parametrize("digits", BOUNDLESS)
def test_a_number_beyond_all_bounds_breaks_no_page(digits, doors):
    client, world, names = doors
    asked = dict.fromkeys(ASKED.split(), digits)
    broken = {
        name: answer.status_code
        for name, arguments in names.items()
        if (answer := client.get(world.url(name, arguments), asked)).status_code >= 500
    }
    assert broken == {}


@pytest.mark.parametrize("digits", BOUNDLESS[:2])
def test_a_number_beyond_all_bounds_in_an_address_is_not_found(digits, doors):
    client, world, names = doors
    found = {}
    for name, arguments in names.items():
        if {"pk", "instance_pk", "contact", "contact_id"} & set(arguments):
            row = world.objects.get(name) or world.objects[name.partition(":")[0]]
            url = world.url(name, arguments)
            for pk in {row.pk, world.contact.pk}:
                url = url.replace(f"/{pk}/", f"/{digits}/")
            if digits in url:
                found[name] = client.get(url).status_code
    assert {name for name, status in found.items() if status >= 500} == set()
    assert 200 not in found.values()


@pytest.mark.parametrize("digits", BOUNDLESS)
def test_a_number_beyond_all_bounds_is_refused_when_posted(digits, doors):
    client, world, names = doors
    sent = {name.format(digits): digits for name in SENT.split()}
    sent |= {"name": "Lunch", "title": "Lunch", "rule-count": "0", "body-count": "0"}
    broken = {}
    for name, arguments in names.items():
        if name.endswith((":delete", ":create")):
            continue
        for do in DO:
            data = {**sent, "do": do.format(digits)}
            answer = client.post(world.url(name, arguments), data)
            if answer.status_code >= 500:
                broken[name, do] = answer.status_code
            if name.partition(":")[0] not in ("crm_inquiry", "crm_counter"):
                break
    assert broken == {}


# Forms from which a part is missing, as no browser sends them.
TORN = [
    {},
    {"name": "x"},
    {"name": "x", "rule-count": "many", "versions-TOTAL_FORMS": "y"},
    {"name": "x", "rule-count": "1"},
    {
        "name": "x",
        "rule-count": "0",
        "versions-TOTAL_FORMS": "1",
        "versions-INITIAL_FORMS": "0",
    },
]
# In every run the screens with streams of blocks, all others in the long one.
STREAMS = ("crm_segment:", "crm_campaign:", "crm_message:", "wagtailsnippetchoosers_")


def torn_and_broken(doors, said, names):
    """Which of *names* break down where *said* is all that comes."""
    client, world, arguments = doors
    broken = {}
    for name in names:
        for headers in ({}, {"Accept": "application/json"}):
            url = world.url(name, arguments[name])
            status = client.post(url, said, headers=headers).status_code
            if status >= 500:
                broken[name] = status
    return broken


@pytest.mark.parametrize("said", TORN, ids=range(len(TORN)))
def test_half_a_form_breaks_no_editor(said, doors):
    verbs = ("add", "edit", "copy", "create", "preview_on_add", "preview_on_edit")
    names = [
        name
        for name in doors[2]
        if name.startswith(STREAMS)
        and name.endswith((*(f":{verb}" for verb in verbs), ":revisions_revert"))
    ]
    assert len(names) >= 20
    assert torn_and_broken(doors, said, names) == {}


@pytest.mark.slow
@pytest.mark.parametrize("said", TORN, ids=range(len(TORN)))
def test_half_a_form_breaks_no_other_screen(said, doors):
    names = [name for name in doors[2] if not name.startswith(STREAMS)]
    names = [name for name in names if not name.endswith(":delete")]
    assert torn_and_broken(doors, said, names) == {}


def test_half_a_form_is_a_bad_request(doors):
    client, world, names = doors
    url = world.url("crm_segment:edit", names["crm_segment:edit"])
    assert client.post(url, {"name": "x"}).status_code == 400
    assert client.post(url, {"name": "x", "rule-count": "many"}).status_code == 400
    world.segment.refresh_from_db()
    assert world.segment.name == "Lunch guests"


def test_a_chooser_without_a_form_takes_none(doors):
    client, world, names = doors
    for name in names:
        if name.startswith("wagtailsnippetchoosers_") and name.endswith(":create"):
            url = world.url(name, names[name])
            assert client.post(url, {"name": "x"}).status_code == 405


def test_bringing_back_a_draft_without_a_name_says_what_lacks(client, owner):
    client.force_login(owner)
    segment = factories.SegmentFactory(name="Lunch guests", live=False)
    segment.name = ""
    nameless = segment.save_revision(clean=False)
    url = reverse("crm_segment:revisions_revert", args=[segment.pk, nameless.pk])
    answer = client.post(url, {"name": "", "rule-count": "0"})
    assert answer.status_code == 200
    assert answer.context["form"].errors == {"name": ["This field cannot be blank."]}
    segment.refresh_from_db()
    assert segment.name == "Lunch guests"
