"""The board, moved by dragging, by buttons, or by plain forms."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.widgets.button import HeaderButton

from crm_plugin import normalise
from crm_plugin.sales import board
from crm_plugin.sales.models import Deal, DealStage
from crm_plugin.snippets.desk import DeskView, allowed, sees_firms

SEE = ("view_deal",)
ME, NOBODY = "me", "nobody"


class BoardView(DeskView):
    """All open deals by their stage, or those of one member of staff."""

    needs = SEE
    page_title = gettext_lazy("Deals")
    header_icon = "pick"
    template_name = "crm_plugin/sales/board.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("owner", "")
        owner = _owner(asked, request.user)
        columns = board.columns(
            request.user,
            owner=owner,
            nobody=asked == NOBODY,
        )
        opened = [c for c in columns if c.stage.kind == DealStage.Kind.OPEN]
        return self.show(
            columns=columns,
            owners=owners(),
            owner=asked if owner or asked == NOBODY else "",
            count=sum(column.count for column in opened),
            amount=sum(column.amount for column in opened),
            any_deal=any(column.count for column in columns),
            closed_days=board.CLOSED_DAYS,
            may_move=allowed(request.user, "change_deal"),
            may_add=allowed(request.user, "add_deal"),
            sees_people=allowed(request.user, "view_contact"),
            sees_firms=sees_firms(request.user),
            here=request.get_full_path(),
        )

    def get_header_buttons(self) -> list:
        buttons = [
            HeaderButton(_("List"), reverse("crm_deal:list"), icon_name="list-ul")
        ]
        if allowed(self.request.user, "add_deal"):
            url = reverse("crm_deal:add")
            buttons.insert(0, HeaderButton(_("Open a deal"), url, icon_name="plus"))
        return buttons


def owners() -> list[Any]:
    """Everybody who looks after a deal; one query."""
    known = Exists(Deal.objects.order_by().filter(owner=OuterRef("pk")))
    users = get_user_model()._default_manager.filter(known)
    return list(users.order_by("last_name", "first_name", "pk"))


def _owner(asked: str, user: Any) -> Any:
    if asked == ME:
        return user
    users = get_user_model()._default_manager
    return users.filter(pk=normalise.whole(asked)).first()
