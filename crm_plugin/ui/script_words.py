"""Words of Wagtail's scripts that its Japanese catalogue for them lacks.

They have a catalogue of their own, to which ours are added in the reader's language.
"""

from django.templatetags.static import static
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

SCRIPT_WORDS = [
    _("%(num)s error"),
    _("%(num)s min"),
    _("%(num)s pixel"),
    _("(%(number)s new items in this menu)"),
    _("(1 new item in this menu)"),
    _("(New)"),
    _("A network error occurred."),
    _("A server error occurred."),
    _("Autosave in progress…"),
    _("Blocks"),
    _("Changes have been autosaved."),
    _("Character count:"),
    _("Collapse all"),
    _("Complex"),
    _("Deleting"),
    _("Enter your comments..."),
    _("Enter your reply..."),
    _("Error while sending preview data."),
    _("Expand all"),
    _("Fair"),
    _("Good"),
    _("Insert a block"),
    _("Main menu"),
    _("No"),
    _("Pin toolbar"),
    _(
        "Report this error to your website administrator with the following information:"
    ),
    _("Search options…"),
    _("Split block"),
    _("Toggle section"),
    _("Toggle side panel"),
    _("Toggle sidebar"),
    _("Unpin toolbar"),
    _("Write something or type ‘/’ to insert a block"),
    _("Yes"),
]


def tell_scripts() -> SafeString | str:
    """Hook: the words, and a script that hands them over."""
    said = {word: gettext(word) for word in SCRIPT_WORDS}
    lacking = {word: words for word, words in said.items() if words != word}
    if not lacking:
        return ""
    script = '{}<script src="{}"></script>'
    address = static("crm_plugin/ui/wagtail_words.js")
    return format_html(script, json_script(lacking, "crm-wagtail-words"), address)
