"""The form of a page, as a browser would send it back."""

from html.parser import HTMLParser

PRESSED = ("submit", "button", "image", "file", "reset")
TYPED = ("text", "textarea", "email", "number", "tel", "url")


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.kinds: dict[str, str] = {}
        self.ticked: set[str] = set()
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._several = False
        self._area: str | None = None

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        name, kind = said.get("name"), said.get("type", "text")
        if tag == "form":
            self.forms.append({})
        elif "disabled" in said or not self.forms:
            return
        elif tag == "input" and name and kind not in PRESSED:
            if kind not in ("checkbox", "radio") or "checked" in said:
                usual = "on" if kind == "checkbox" else ""
                self._add(name, said.get("value") or usual, kind)
        elif tag == "select" and name:
            self._select, self._options = name, []
            self._several = "multiple" in said
        elif tag == "option" and self._select:
            self._options.append((said.get("value") or "", "selected" in said))
        elif tag == "textarea" and name:
            self._area = name
            self._add(name, "", "textarea")

    def handle_data(self, data):
        if self._area:
            self.forms[-1][self._area][-1] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self._area:
            words = self.forms[-1][self._area]
            words[-1] = words[-1].removeprefix("\r").removeprefix("\n")
            self._area = None
        if tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected]
            if not chosen and self._options and not self._several:
                chosen = [self._options[0][0]]
            for value in chosen:
                self._add(self._select, value, "select")
            self._select = None

    def _add(self, name, value, kind):
        self.forms[-1].setdefault(name, []).append(value)
        self.kinds.setdefault(name, kind)


def form_of(html: str) -> tuple[dict[str, list[str]], list[str]]:
    """What the largest form on the page sends, and the inputs that one types into."""
    page = _Forms()
    page.feed(html)
    largest = max(page.forms, key=len)
    return largest, [name for name in largest if page.kinds[name] in TYPED]
