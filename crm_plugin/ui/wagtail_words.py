"""Words of Wagtail's own screens that its Japanese catalogue lacks.

Django joins the catalogues of all apps, so naming them here lets ours say them. Ours wins
over Wagtail's: take a word out when Wagtail says it itself.
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

WORDS = [
    _("%(result_count)s out of %(all_count)s"),
    _("Actions (footer)"),
    _("Add %(model_name)s"),
    _("Add or show comments"),
    _("Aging pages"),
    _("All keyboard shortcuts"),
    _("Application"),
    _("Are you sure you want to unpublish this %(model_name)s?"),
    _("Autosave is <span>paused</span>"),
    _("Autosave is paused"),
    _("Back"),
    _("Bulk actions"),
    _("By %(filter_title)s"),
    _("Checks"),
    _("Choose another"),
    _("Choose when this %(model_name)s should go live and/or expire"),
    _("Clear"),
    _("Close dialog"),
    _("Close modal dialogs (like this one)"),
    _("Copied"),
    _("Cut"),
    _("Date / Time"),
    _("Deleted"),
    _("Draft saved"),
    _("Edit account avatar"),
    _("Edit schedule"),
    _("Edited by"),
    _("Editor Guide"),
    _("Filter by"),
    _("Help"),
    _("Insert or edit a link"),
    _("Keyboard shortcut"),
    _("Keyboard shortcuts"),
    _(
        "Keyboard shortcuts are currently disabled; manage your %(account_link)s to enable them."
    ),
    _(
        "Keyboard shortcuts are currently enabled; manage your %(account_link)s to disable them."
    ),
    _("Last updated"),
    _("Maximum"),
    _("Minimum"),
    _("Monospace (code)"),
    _("More options for '%(title)s'"),
    _("New: %(model_name)s"),
    _("No %(model_name)s match your query."),
    _("No log entries found."),
    _("Page types usage"),
    _("Paste"),
    _("Paste and match style"),
    _("Paste without formatting"),
    _(
        "Preview cannot display due to validation errors. <br /> Click save to highlight the relevant fields."
    ),
    _("Preview in desktop size"),
    _("Preview in mobile size"),
    _("Preview in new tab"),
    _("Preview in tablet size"),
    _("Preview is out of date"),
    _("Preview mode"),
    _("Preview not available"),
    _("Publish %(model_name)s"),
    _("Published"),
    _("Renamed"),
    _("Replace current revision"),
    _("Reverted to previous revision"),
    _("Save changes"),
    _("Save schedule"),
    _("Save your changes before leaving"),
    _("Saved"),
    _("Saving will overwrite a newer version."),
    _("Schedule to publish"),
    _("Search all pages…"),
    _("Search…"),
    _("Section"),
    _("Select"),
    _("Select %(title)s"),
    _("Select all"),
    _("Select all snippets in listing"),
    _("Select row"),
    _("Shortcuts"),
    _("Show filters"),
    _("Show keyboard shortcuts"),
    _("Sort by '%(label)s' in ascending order."),
    _("Sort by '%(label)s' in descending order."),
    _("Status %(status)s"),
    _("Status: "),
    _("Strike-through"),
    _("Text editing"),
    _("Text formatting"),
    _("There are no %(model_name)s to display."),
    _(
        'There are no %(model_name)s to display. Why not <a href="%(add_url)s">add one</a>?'
    ),
    _("There are no differences between these two versions"),
    _("There are no results."),
    _("There are validation errors, click save to highlight them."),
    _("Toggle breadcrumbs"),
    _("Toggle checks"),
    _("Toggle comments"),
    _("Toggle minimap"),
    _("Toggle preview"),
    _("Toggle section"),
    _("Toggle side panel"),
    _("Toggle sidebar"),
    _("Toggle status"),
    _("Unpublished"),
    _("Usage count"),
    _("View details"),
    _("items"),
    _("View history"),
    _("View latest version"),
    _("Locking: "),
    _("Locking status"),
    _("Set publishing schedule"),
    _("No publishing schedule set"),
    _("Set schedule"),
    _("First published"),
    _("Loading"),
    _("Side panel width"),
    _("Content metrics"),
    _("Words"),
    _("Reading time"),
    _("Readability"),
    _("This data explained"),
    _("Issues found"),
    _("How we calculate our metrics"),
    _(
        "We extract the main content from the page preview, remove all formatting, and calculate the number of words."
    ),
    _(
        "We calculate reading time from word count, using different reading speeds for different languages."
    ),
    _(
        "We use a readability formula based on length of words and sentences. Long sentences and words result in a worse readability score."
    ),
    _("A network error occurred"),
    _(
        "Troubleshoot your connection to the site before proceeding. Open the editor in a separate tab to view the last saved version."
    ),
    _("Correct the validation errors to resume preview (saving will highlight errors)"),
    _("Anyone can edit this %(model_name)s – lock it to prevent others from editing"),
    _("Anyone can edit this %(model_name)s"),
    _("Once live anyone can view"),
    _("More bulk actions"),
    _("- Select an option -"),
]

COUNTED = [
    ngettext_lazy(
        "This %(model_name)s is referenced %(usage_count)s time.",
        "This %(model_name)s is referenced %(usage_count)s times.",
    ),
    ngettext_lazy("There is %(counter)s match", "There are %(counter)s matches"),
    ngettext_lazy(
        "%(count)d %(model_name)s deleted.", "%(count)d %(model_name)s deleted."
    ),
]
