"""Every screen of the plugin, opened by somebody who may not read sensitive attributes.

The list of screens is that of ``permission_matrix``: a new route is walked by itself.
"""

import io
import zipfile

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from crm_plugin import models
from crm_plugin.contacts import organisations, records, values
from crm_plugin.reports import kpi
from crm_plugin.segments.ready_made import condition
from tests import factories, permission_matrix
from tests.permission_world import World, routes

pytestmark = [pytest.mark.django_db, pytest.mark.once]
RICH = "Rich and poor"
SECRETS = ("Household income", "Over ten million", "Debts", "a great deal", "Feuds")
READ = permission_matrix.flat(permission_matrix.READ)
EXPORT = permission_matrix.flat(permission_matrix.EXPORT)
# Nothing of a contact is read here by a member of staff.
LEFT_OUT = {
    **{
        name: "for the person herself, behind a signed link or her own browser"
        for name in READ
        if name.startswith("crm:")
    },
    **{
        name: "exists only where the site has a workflow"
        for name, letters in READ.items()
        if not letters and name != "crm_members:edit"
    },
    "crm_members:edit": "Wagtail's rights on pages decide",
}


@pytest.fixture
def world():
    """Somebody, her firm and its department with a secret each, and all that says so."""
    world = World()
    contact, firm, part = world.contact, world.organisation, world.department
    income = factories.AttributeFactory(
        key="income", label="Household income", sensitive=True
    )
    for key, label in [("high", "Over ten million"), ("low", "Under four million")]:
        income.choices.create(key=key, label=label)
    for key, label, noun in (
        ("debts", "Debts", "organisation"),
        ("feuds", "Feuds", "department"),
    ):
        factories.AttributeFactory(
            key=key, label=label, type="text", describes=noun, sensitive=True
        )
    for value in ("low", "high"):
        records.apply_values(contact, {"attribute.income": value}, by=world.user)
    for value in ("none", "a great deal"):
        firm.refresh_from_db()
        said = {"attribute.debts": value}
        organisations.edit(firm, {}, said, by=world.user)
    values.write({part.pk: {"feuds": "a great deal"}}, noun="department", by=None)
    _said_by_a_form(world)
    _said_by_a_sheet(world)
    _chosen_by_rules(world, income)
    return world


def _said_by_a_form(world):
    said = {
        "name": "income",
        "field": "attribute.income",
        "label": "Household income",
        "value": "high",
        "text": "Over ten million",
    }
    answers = [*world.submission.answers, said]
    models.Submission.objects.filter(pk=world.submission.pk).update(answers=answers)
    names = ("field", "label", "value", "text")
    world.submission.claims.create(
        contact=world.contact, **{name: said[name] for name in names}
    )


def _said_by_a_sheet(world):
    """A checked sheet, a row of which is of no use."""
    changes = {"attribute.income": ["Under four million", "Over ten million"]}
    models.ImportBatch.objects.filter(pk=world.batch.pk).update(
        headers=["Household", "Name"],
        mapping={"0": "attribute.income", "1": "contact.name"},
        state="checked",
        counts={"update": 1, "new": 1, "double": 1, "bad": 1},
    )
    world.batch.rows.update(raw=["", "Taro"])
    for number, outcome in enumerate(("update", "new", "double", "bad"), start=3):
        world.batch.rows.create(
            number=number,
            raw=["Over ten million", ""],
            outcome=outcome,
            target_id=world.contact.pk if outcome == "update" else None,
            cleaned={
                "changes": changes,
                "kept": {"attribute.income": "Over ten million"},
            },
            problems=[{"column": 0, "message": "“Over ten million” is no choice."}],
        )


def _chosen_by_rules(world, income):
    rule = [condition("attribute", attribute="income", operator="filled")]
    rich = factories.SegmentFactory(key="rich", name=RICH, rule=rule, live=True)
    rich.save_revision().publish()
    factories.MembershipFactory(segment=rich, contact=world.contact)
    world.campaign.include_segments = [rich]
    world.campaign.save()
    world.campaign.save_revision()
    models.BulkEdit.objects.create(
        rule=rule,
        act="set",
        definition=income,
        value="high",
        sensitive=True,
        state="done",
        by=world.user,
    )


@pytest.fixture
def all_but_one(client, outsider):
    """Somebody with every right of the plugin except to read sensitive ones."""
    rights = Permission.objects.filter(content_type__app_label="crm_plugin")
    outsider.user_permissions.add(*rights.exclude(codename="view_sensitive"))
    client.force_login(outsider)
    return client


def text_of(answer):
    """All that stands in the page or in the file."""
    whole = answer.getvalue() if answer.streaming else answer.content
    if not whole.startswith(b"PK"):
        return whole.decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(whole)) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


def asked_for(world):
    """Screens that show more where the address asks for it."""
    pk, twin = world.contact.pk, factories.ContactFactory()
    records.apply_values(twin, {"attribute.income": "low"}, by=None)
    return {
        "a change of many": reverse("crm_contact:bulk") + "?confirmed=true",
        "a filter by it": reverse("crm_contact:index") + "?a_income=high",
        "the merge before it happens": reverse("crm_merge:preview")
        + f"?survivor={pk}&duplicate={twin.pk}",
        "all stages of the sheet": reverse(
            "crm_import:batch", args=[world.batch.public_id]
        )
        + "?show=bad",
        "a question that an answer starts from": reverse("crm_call:index") + "?q=0901",
        **{
            f"the report {one.name}": reverse("crm_report:show", args=[one.name])
            for one in kpi.all_kpis()
        },
    }


# What does not open as the walk asks for it, and why.
NOT_OPENED = {
    "crm_contact:bulk": "asks for a filter first: see above",
    "crm_merge:preview": "asks for two records: see above",
    "crm_delivery:settle": "there is no uncertain delivery",
    "crm_import:undo": "the sheet was not written yet",
    "crm_ledgers_import-rows_modeladmin_inspect": "the whole ledger asks for the right",
}


def secrets_in(answer):
    said = text_of(answer) if answer.status_code == 200 else ""
    return [word for word in (*SECRETS, RICH) if word in said]


@pytest.mark.slow
def test_no_screen_shows_them(all_but_one, world):
    arguments = routes()
    screens = {
        name: world.url(name, arguments[name]) for name in READ if name not in LEFT_OUT
    } | asked_for(world)
    told, shut = {}, set()
    for name, address in screens.items():
        answer = all_but_one.get(address)
        if found := secrets_in(answer):
            told[name] = found
        if answer.status_code != 200:
            shut.add(name)
    assert told == {}
    assert shut == set(NOT_OPENED)


def test_no_file_holds_them(all_but_one, world):
    arguments, told = routes(), {}
    for name in EXPORT:
        for asked in ("csv", "xlsx"):
            address = world.url(name, arguments[name])
            answer = all_but_one.get(address, {"export": asked})
            assert "attachment" in answer["Content-Disposition"], name
            if found := secrets_in(answer):
                told[name, asked] = found
    assert told == {}


# Routes for acting that answer with something to read.
POSTED = {
    "crm_counter:claims": lambda world: {"contact": world.contact.pk},
    "crm_find:people": lambda world: {"look_for": world.contact.family_name},
    "crm_find:organisations": lambda world: {"look_for_firm": "Himitsu"},
    "crm_contact:suspects": lambda world: {
        "contact__family_name": world.contact.family_name
    },
}


@pytest.mark.parametrize("name", POSTED)
def test_no_answer_to_a_question_holds_them(name, all_but_one, world):
    address = world.url(name, routes()[name])
    answer = all_but_one.post(address, POSTED[name](world))
    assert answer.status_code == 200
    assert secrets_in(answer) == []


@pytest.mark.parametrize(
    "name",
    [
        "crm_contact:inspect",
        "crm_organisation:inspect",
        "crm_claim:index",
        "crm_submission:inspect",
        "crm_import:batch",
        "crm_import:columns",
        "crm_import:left_out",
        "crm_campaign:edit",
        "crm_campaign:send",
        "crm_segment:list",
    ],
)
def test_with_the_right_they_are_there_and_without_it_not(
    name, all_but_one, client, owner, world
):
    address = world.url(name, routes()[name])
    assert secrets_in(all_but_one.get(address)) == []
    client.force_login(owner)
    assert secrets_in(client.get(address)) != []
