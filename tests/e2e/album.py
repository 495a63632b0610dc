"""A folder of pictures with one page that shows them all."""

from html import escape
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

HEAD = """<!doctype html><meta charset="utf-8"><title>Screens</title><style>
body{font:14px sans-serif;margin:2rem}ul{columns:2}
.all{display:flex;flex-wrap:wrap;gap:1rem}
figure{margin:0;width:320px}figcaption{overflow-wrap:anywhere}
img{width:320px;height:240px;object-fit:cover;object-position:top;border:1px solid #999}
</style><h1>Screens</h1>"""
TALL = "document.querySelector('main.content-wrapper')?.scrollHeight || 0"
WIDE = (
    "e => document.documentElement.scrollWidth > document.documentElement.clientWidth"
)


class Album:
    """Pictures named by screen, language and width, and what could not be taken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: list[str] = []
        self.missed: dict[str, str] = {}
        self.wide: list[str] = []
        folder.mkdir(parents=True, exist_ok=True)

    def open(self, page: Page, name: str, address: str, language: str) -> bool:
        """Go there and take the whole page; say why where that cannot be done."""
        here = f"{name} ({language})"
        if not address:
            self.missed[here] = "the site holds no such record"
            return False
        try:
            answer = page.goto(address)
        except PlaywrightError as error:
            self.missed[here] = str(error).splitlines()[0]
            return False
        if answer is None or answer.status >= 400:
            self.missed[here] = f"{answer and answer.status} {address}"
            return False
        asked, came = address.split("?")[0], page.evaluate("location.pathname")
        if came != asked:
            self.missed[here] = f"{asked} leads to {came}"
            return False
        self.take(page, name, language)
        return True

    def take(self, page: Page, name: str, language: str) -> None:
        """The page as it stands, down to its end: the admin scrolls inside the window."""
        size = page.viewport_size
        width = size["width"]
        file = f"{name.replace(':', '.').replace(' ', '.')}-{language}-{width}.png"
        page.set_viewport_size(
            size | {"height": max(size["height"], page.evaluate(TALL))}
        )
        page.screenshot(path=self.folder / file, full_page=True, animations="disabled")
        page.set_viewport_size(size)
        self.taken.append(file)
        if page.evaluate(WIDE):
            self.wide.append(file)

    def told(self) -> str:
        """What was taken and what was not, in plain lines."""
        missed = [f"could not open {name}: {why}" for name, why in self.missed.items()]
        wide = [f"wider than the screen: {file}" for file in self.wide]
        first = f"{len(self.taken)} pictures in {self.folder / 'index.html'}"
        return "\n".join(["", first, *missed, *wide, ""])

    def bind(self) -> None:
        """Write the page with all pictures, and what is missing or too wide."""
        missed = [f"{name}: {why}" for name, why in self.missed.items()]
        parts = [
            HEAD,
            f"<h2>Could not be opened ({len(missed)})</h2>",
            _list(missed),
            f"<h2>Wider than the screen ({len(self.wide)})</h2>",
            _list(self.wide),
            f"<h2>Pictures ({len(self.taken)})</h2><div class=all>",
            *map(_figure, self.taken),
            "</div>",
        ]
        (self.folder / "index.html").write_text("\n".join(parts))


def _list(lines: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _figure(file: str) -> str:
    link = (
        f'<a href="{escape(file)}"><img loading="lazy" src="{escape(file)}" alt=""></a>'
    )
    return f"<figure>{link}<figcaption>{escape(file)}</figcaption></figure>"
