"""Whose an inquiry or a next step is, as a condition asks."""

from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, Model, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin import normalise, rules

NOBODY = "nobody"


def owner_block(model: type[Model]) -> rules.KeyChoiceBlock:
    """Staff who may own a row of *model*, and those who left and own one."""
    return rules.KeyChoiceBlock(
        choices=partial(_owners, model),
        required=False,
        label=gettext_lazy("owner"),
    )


def _owners(model: type[Model]) -> list[tuple[str, str]]:
    owns = Exists(model._default_manager.filter(owner=OuterRef("pk")))
    users = get_user_model()._default_manager.filter(Q(is_active=True) | owns)
    names = [(str(user.pk), normalise.staff(user)) for user in users.order_by("pk")]
    return [("", _("any")), (NOBODY, _("nobody")), *names]


def owner_key(chosen: str) -> str:
    """The owner whom the filter of a list chose, as a rule names them."""
    return NOBODY if chosen == "null" else chosen


def owned(value: Any) -> dict[str, Any]:
    """The filter for the owner of *value*. Raises ``BrokenRule``."""
    if not value["owner"]:
        return {}
    if value["owner"] == NOBODY:
        return {"owner": None}
    owner = rules.find(get_user_model(), value["owner"], field="pk")
    if owner is None:
        raise rules.BrokenRule([_("The owner is gone.")])
    return {"owner": owner}


def owner_said(value: Any) -> str:
    """The owner in words; empty for any."""
    if not value["owner"]:
        return ""
    if value["owner"] == NOBODY:
        return _("owner: %(name)s") % {"name": _("nobody")}
    owner = rules.find(get_user_model(), value["owner"], field="pk")
    return _("owner: %(name)s") % {"name": normalise.staff(owner) if owner else "…"}
