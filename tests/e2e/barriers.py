"""What would stand in somebody's way, as far as a machine can tell."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SIZES = [{"width": 1366, "height": 768}, {"width": 390, "height": 844}]
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Wagtail's own markup, which is not ours to mend; each with what is wrong about it.
WAGTAILS = [
    ".w-editing-sessions",  # buttons of those who edit here, too, have no name
    "#w-minimap-toggle",  # 20 pixels wide instead of 24
    ".public-DraftEditor-content",  # the text box of rich text has no name
    # A field that is a whole block of a stream: its heading is not tied to it.
    "[data-streamfield-child] > section > .w-panel__content > .w-field__wrapper",
]


def barriers(page: Page) -> list[str]:
    """WCAG 2.2 A and AA on a desktop and on a phone; one line for each barrier."""
    found = []
    for size in SIZES:
        page.set_viewport_size(size)
        result = Axe().run(
            page,
            context={"exclude": [[place] for place in WAGTAILS]},
            options={
                "runOnly": {"type": "tag", "values": WCAG_22_AA},
                "resultTypes": ["violations"],
            },
        )
        found += [
            f"{page.url} ({size['width']} px): {barrier['id']} at {node['target']}"
            for barrier in result.response["violations"]
            for node in barrier["nodes"]
        ]
    page.set_viewport_size(SIZES[0])
    return found
