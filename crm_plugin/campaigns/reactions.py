"""What people did with letters: who did it, and what is told of one of them."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin import rules
from crm_plugin.delivery.conditions import human_clicks, sent
from crm_plugin.delivery.models import Delivery

from .conversion import converted
from .models import Campaign

ACTS: dict[str, Any] = {
    Campaign.Goal.BOOKING: gettext_lazy("made a booking"),
    Campaign.Goal.USE: gettext_lazy("used us"),
    Campaign.Goal.SALES: gettext_lazy("bought"),
    Campaign.Goal.ANSWER: gettext_lazy("wrote to us"),
    Campaign.Goal.SUBMIT: gettext_lazy("sent a form"),
}
ABOUT_ACTS = {"converted", "unconverted"}
ABOUT_CLICKS = {"clicked", "silent"}
ANY_TIME = rules.periods.Period()


def reacted(
    letters: dict[str, Any],
    campaign: Campaign | None,
    value: Any,
    at: dt.datetime,
    *,
    until: dt.datetime | None = None,
) -> QuerySet:
    """The ids of who did with *letters* what ``value["kind"]`` says.

    *letters* are filters of deliveries, all of *campaign*; without one there is no goal.
    With *until*, what came later had not happened.
    """
    period, kind = rules.periods.resolve(value, at), value["kind"]
    about = _of_delivery(letters)
    if kind == "clicked":
        clicks = by(human_clicks(period), "at", until).filter(**about)
        return clicks.values("delivery__contact_id")
    reached = by(sent(period), "sent_at", until).filter(**letters)
    if kind == "silent":
        clicks = by(human_clicks(ANY_TIME), "at", until).filter(**about)
        reached = reached.filter(
            ~Q(contact_id__in=clicks.values("delivery__contact_id"))
        )
    if kind in ABOUT_ACTS:
        done = _converted(campaign, value["act"], reached, until)
        if kind == "converted":
            return done.values("contact_id")
        reached = reached.filter(~Q(contact_id__in=done.values("contact_id")))
    return reached.values("contact_id")


def told(
    letters: dict[str, Any], campaign: Campaign | None, value: Any, at: dt.datetime
) -> str:
    """What became of *letters* to one person, with its days.

    Where there is something in the period that the rule asks about, that is told, and
    else the latest: the day says why it does not count.
    """
    period, kind = rules.periods.resolve(value, at), value["kind"]
    of_sending, of_click = (
        (ANY_TIME, period) if kind == "clicked" else (period, ANY_TIME)
    )
    act = value["act"] if kind in ABOUT_ACTS else ""
    reached = _latest(sent(ANY_TIME).filter(**letters), "sent_at", of_sending)
    done = _converted(campaign, act, reached).first()
    letter = done if done and kind in ABOUT_ACTS else reached.first()
    clicks = human_clicks(ANY_TIME).filter(**_of_delivery(letters))
    click = _latest(clicks, "at", of_click).first()
    if letter is None and click is None:
        return _("not sent")
    said = [
        letter and _("sent on %(day)s") % {"day": _day(letter.sent_at)},
        click and _("clicked on %(day)s") % {"day": _day(click.at)},
        not click and kind in ABOUT_CLICKS and _("no click"),
        done and (ACTS[act] if act else _("goal reached")),
    ]
    return ", ".join(str(words) for words in said if words)


def _latest(rows: QuerySet, column: str, period: rules.periods.Period) -> QuerySet:
    """Those of the *period*, without any all of them; the latest first."""
    rows = rows.order_by(f"-{column}", "-pk")
    within = rows.filter(**period.moments(column))
    return within if within.exists() else rows


def _day(moment: Any) -> str:
    return date_format(localtime(moment), "SHORT_DATE_FORMAT")


def _of_delivery(letters: dict[str, Any]) -> dict[str, Any]:
    return {f"delivery__{name}": found for name, found in letters.items()}


def _converted(
    campaign: Campaign | None,
    act: str,
    reached: QuerySet[Delivery],
    until: dt.datetime | None = None,
) -> QuerySet[Delivery]:
    """Within the days of the campaign: what it is for, or another *act*."""
    if campaign is None:
        return reached.none()
    return converted(reached, act or campaign.goal, campaign.goal_days, until=until)


def by(rows: QuerySet, column: str, until: dt.datetime | None) -> QuerySet:
    """Only what had happened by *until*; None: all."""
    return rows if until is None else rows.filter(**{f"{column}__lte": until})
