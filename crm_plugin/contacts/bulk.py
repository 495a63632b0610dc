"""One change to everybody whom a rule chooses, in slices that any worker continues.

Nothing about a person travels in a task: rule and value stand on the ``BulkEdit``.
"""

import time
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from crm_plugin import queue, rules
from crm_plugin.journal import Operation

from . import bulk_acts, changes
from .models import AttributeDefinition, BulkEdit, Contact

KIND = "bulk-edit"
SLICE = 20_000
BREATH = 0.05
Act, State = BulkEdit.Act, BulkEdit.State
RIGHTS = {
    Act.OWNER: "crm_plugin.change_contact",
    Act.SET: "crm_plugin.change_contact",
    Act.CLEAR: "crm_plugin.change_contact",
    Act.ARCHIVE: "crm_plugin.delete_contact",
}


class NotAllowed(Exception):
    """The person lacks the right for this act, or for what it would tell."""


def acts_for(user: Any) -> list[BulkEdit.Act]:
    """What *user* may do to many contacts at once."""
    if not user.has_perm("crm_plugin.view_contact"):
        return []
    rights = {Act(act): known.right for act, known in bulk_acts.taught().items()}
    return [act for act, right in {**RIGHTS, **rights}.items() if user.has_perm(right)]


def definitions_for(user: Any) -> QuerySet[AttributeDefinition]:
    """The attributes that *user* may set or empty for many.

    Somebody's own words and values of a period belong to one person.
    """
    rows = AttributeDefinition.objects.active().describing("contact").readable_by(user)
    own_words = AttributeDefinition.Type.LONG_TEXT
    return rows.filter(dated=False).exclude(type=own_words)


def chosen(rule: Any, user: Any) -> QuerySet[Contact]:
    """Everybody whom *rule* chooses and *user* may see."""
    visible = Contact.objects.visible_to(user).current()
    return rules.select(visible, rule).contacts


def start(
    rule: list[dict[str, Any]],
    act: str,
    *,
    definition: AttributeDefinition | None = None,
    value: Any = None,
    by: Any,
) -> BulkEdit:
    """Begin to do *act* to everybody whom *rule* chooses now.

    *value* is the owner's or segment's id, or a value that the attribute's field
    accepts. Raises
    ``NotAllowed``, and ``BrokenRule`` for a rule that cannot be evaluated.
    """
    problems = rules.problems(rule, by)
    if problems:
        raise rules.BrokenRule(problems)
    if act not in acts_for(by):
        raise NotAllowed
    if definition and not definitions_for(by).filter(pk=definition.pk).exists():
        raise NotAllowed
    sensitive = rules.reads_sensitive(rule) or bool(definition and definition.sensitive)
    with transaction.atomic():
        edit = BulkEdit.objects.create(
            rule=rule,
            act=act,
            definition=definition,
            value=value,
            sensitive=sensitive,
            last_id=Contact.objects.aggregate(last=Max("pk"))["last"] or 0,
            operation=Operation.objects.create(kind="bulk", by=by),
            by=by,
        )
        queue.start(KIND, str(edit.pk), by=by)
    return edit


@queue.handler(KIND)
def run(work: queue.Work, until: float) -> bool:
    """Change slices in order of the contacts' ids."""
    edit = BulkEdit.objects.select_related("operation", "definition", "by").get(
        pk=work.key
    )
    if edit.state != State.RUNNING:
        return True
    try:
        return _go_on(edit, work, until)
    except rules.BrokenRule as error:
        _finish(edit, {**work.result, "problems": error.problems})
        return True


def _go_on(edit: BulkEdit, work: queue.Work, until: float) -> bool:
    if not work.total:
        work.advance(0, total=_whole(edit).count())
    while _slice(edit, work):
        breathe()
        if time.monotonic() > until:
            return False
    _finish(edit, work.result)
    return True


def _everybody(edit: BulkEdit) -> QuerySet[Contact]:
    visible = Contact.objects.visible_to(edit.by).current()
    return visible.filter(pk__lte=edit.last_id)


def _whole(edit: BulkEdit) -> QuerySet:
    return rules.select(_everybody(edit), edit.rule, edit.created_at).contacts


def _slice(edit: BulkEdit, work: queue.Work) -> bool:
    """Change the next contacts in one transaction; false when none is left."""
    result = {"last": 0, "changed": 0, **work.result}
    with rules.remembering():
        ids = rules.walk_by_id(
            _everybody(edit),
            edit.rule,
            edit.created_at,
            after=result["last"],
            size=SLICE,
        )
    if not ids:
        return False
    with transaction.atomic():
        changed = bulk_acts.apply(edit, ids, timezone.now())
        changes.note(changed, bulk_acts.aspect(edit))
        result |= {"last": ids[-1], "changed": result["changed"] + len(changed)}
        work.advance(work.position + len(ids), result=result)
    return True


def _finish(edit: BulkEdit, result: dict[str, Any]) -> None:
    edit.counts = {
        "changed": result.get("changed", 0),
        "problems": result.get("problems", []),
    }
    edit.state, edit.finished_at = State.DONE, timezone.now()
    edit.save(update_fields=["counts", "state", "finished_at"])


def hide_what_tells() -> int:
    """Hide every change that has come to tell something sensitive; how many."""
    edits = BulkEdit.objects.filter(sensitive=False).select_related("definition")
    with rules.remembering():
        hidden = [
            edit.pk
            for edit in edits
            if (edit.definition and edit.definition.sensitive)
            or rules.reads_sensitive(edit.rule)
        ]
    BulkEdit.objects.filter(pk__in=hidden).update(sensitive=True)
    return len(hidden)


def breathe() -> None:
    """Let visitors' forms write on SQLite, whose lock is not fair."""
    if connection.vendor == "sqlite":
        time.sleep(BREATH)
