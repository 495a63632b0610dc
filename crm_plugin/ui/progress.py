"""A panel that shows how far a piece of work is, with and without a script."""

from typing import Any

from django.forms import Media
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.ui.components import Component

from crm_plugin import queue


def payload(work: queue.Work | None) -> dict[str, Any]:
    """What the panel polls for: state, progress and one sentence; no names."""
    if work is None:
        return {"state": "done", "percent": 100, "text": "", "done": True}
    return {
        "state": work.state,
        "position": work.position,
        "total": work.total,
        "percent": work.percent,
        "text": _sentence(work),
        "done": work.state not in queue.Work.OPEN,
    }


def _sentence(work: queue.Work) -> str:
    if work.state == queue.Work.State.FAILED:
        return _("Stopped: it did not work. Nothing was lost.")
    if work.state == queue.Work.State.WAITING and not work.position:
        if queue.alive():
            return _("Waiting for the worker.")
        return _("Waiting: no worker is running. Ask whoever looks after the site.")
    if not work.total:
        return _("Working.")
    return ngettext(
        "%(done)s of %(total)s row", "%(done)s of %(total)s rows", work.total
    ) % {"done": f"{work.position:,}", "total": f"{work.total:,}"}


class Progress(Component):
    """A bar that polls *url* for ``payload`` and reloads the page when done.

    Without a script the page offers a link that reloads it.
    """

    template_name = "crm_plugin/ui/progress.html"

    def __init__(self, work: queue.Work | None, url: str, *, label: str = "") -> None:
        self.work, self.url, self.label = work, url, label

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return {"url": self.url, "label": self.label, **payload(self.work)}

    @property
    def media(self) -> Media:
        return Media(
            js=[versioned_static("crm_plugin/ui/progress.js")],
            css={"all": [versioned_static("crm_plugin/ui/progress.css")]},
        )
