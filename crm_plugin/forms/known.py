"""A form that opens with what is known: by a fresh link, in a browser that is hers.

A link in a newsletter may have been passed on: it shows nothing, and its button only
has a fresh link sent to the address itself (``known_links``). Whoever presses the button
on the page behind that one reads the mails of the address; only that browser, and only
with such a link, sees what the record holds.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from crm_plugin import signing
from crm_plugin.conf import setting
from crm_plugin.contacts import records
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.delivery import links
from crm_plugin.delivery.models import Delivery
from crm_plugin.personalisation import visitor

from . import known_links, mapping

# The button that says "this was for me".
PRESS = "crm_known"
# The address in the browser is good for so long after the click that led to it.
OPENED = dt.timedelta(hours=24)


@dataclass
class Invitation:
    """To whom the message went that led here, and whether this browser is theirs."""

    token: str
    point: ContactPoint | None = None
    # The link was sent on request a moment ago: its button verifies the browser.
    fresh: bool = False
    theirs: bool = False
    # Another link was asked for just now.
    asked: bool = False

    @property
    def contact(self) -> Contact | None:
        return self.point.contact if self.point else None

    @property
    def address(self) -> str:
        return self.point.value_norm if self.point else ""

    @property
    def stands(self) -> bool:
        """Whether it still leads to somebody; an old link leads to nobody."""
        return self.point is not None

    @cached_property
    def values(self) -> dict[str, Any]:
        """Filled by ``read``: what the record holds, by the names of the registry."""
        return {}

    def read(self, names: list[str]) -> None:
        """Look up what the record holds of *names*; one read per noun."""
        if self.contact is None or not self.theirs:
            return
        found = records.read([self.contact.pk], names).get(self.contact.pk, {})
        held = {n: v for n, v in found.items() if v not in (None, "", [])}
        self.values.update(held | {"point.email": self.address})


def invitation(request: HttpRequest) -> Invitation | None:
    """The invitation in this request's address or form; None when there is none.

    Asks who the visitor is only then, so that any other form stays the same for all.
    """
    token = request.POST.get(links.FOR) or request.GET.get(links.FOR)
    if not token:
        return None
    found = Invitation(token)
    found.point, found.fresh = known_links.read(token, opened=OPENED)
    found.point = found.point or _written_to(token)
    if found.contact is None:
        return found
    known = visitor.of(request)
    said = known.verified_address_hash
    same = signing.is_of_address(said, "email", found.address)
    found.theirs = same and known.contact_id == found.contact.pk
    return found


def _written_to(token: str) -> ContactPoint | None:
    """The point that the message went to which led here.

    None where the address was corrected since: whoever reads mail there is somebody
    else.
    """
    try:
        payload = signing.read(links.FORM, token, max_age=OPENED)
    except signing.BadToken:
        return None
    sent_after = timezone.now() - dt.timedelta(days=setting("CRM_VERIFIED_DAYS"))
    rows = Delivery.objects.filter(created_at__gt=sent_after).exclude(kind="test")
    delivery = rows.filter(public_id=payload["id"], contact__archived_at=None)
    if not (to := delivery.values("contact_id", "address_norm").first()):
        return None
    points = ContactPoint.objects.select_related("contact").filter(
        kind=ContactPoint.Kind.EMAIL,
        contact=to["contact_id"],
        value_norm=to["address_norm"],
    )
    return points.first()


def fit(form: Any, invited: Invitation | None) -> None:
    """Fill *form* in with what is known, and leave out what need not be asked.

    A field that decides about others stays, and nothing sensitive is filled in.
    """
    if invited is None or not invited.theirs:
        return
    names = [field.maps_to for field in form.fields.values() if _asks(field)]
    invited.read([name for name in names if name])
    deciding = {condition.name for condition in form.only_ifs.values()}
    for name, field in list(form.fields.items()):
        value = invited.values.get(getattr(field, "maps_to", ""))
        if value is None:
            continue
        if getattr(field, "leave_out", False) and name not in deciding:
            del form.fields[name]
        elif not getattr(field, "sensitive", False):
            form.initial.setdefault(name, value)


def _asks(field: Any) -> bool:
    name = getattr(field, "maps_to", "")
    return bool(name) and name != mapping.MESSAGE
