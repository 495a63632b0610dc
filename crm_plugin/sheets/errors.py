"""Why a file is refused, in words for the person who chose it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MESSAGES = {
    "empty": gettext_lazy("The file is empty."),
    "extension": gettext_lazy(
        "This is not a spreadsheet that can be read. Save it as .xlsx or .csv."
    ),
    "old_excel": gettext_lazy(
        "This is the old Excel format (.xls). Open it in Excel and save it as .xlsx."
    ),
    "encrypted": gettext_lazy(
        "The file is protected by a password. Remove the password and save it again."
    ),
    "macro": gettext_lazy(
        "The file contains macros. Save it as .xlsx without macros, or as .csv."
    ),
    "broken": gettext_lazy(
        "The file is damaged or is not what its name says. Save it again in your"
        " spreadsheet program."
    ),
    "encoding": gettext_lazy(
        "The characters of the file cannot be read. Save it as “CSV UTF-8” or as .xlsx."
    ),
    "too_large": gettext_lazy("The file is larger than %(limit)s MB. Split it."),
    "too_many_rows": gettext_lazy("The sheet has more than %(limit)s rows. Split it."),
    "too_many_columns": gettext_lazy(
        "The sheet has more than %(limit)s columns. Delete the columns that are not"
        " needed, also empty ones far to the right."
    ),
    "cell_too_long": gettext_lazy(
        "A cell in row %(row)s holds more than %(limit)s characters. Is a quotation"
        " mark missing?"
    ),
    "too_big_inside": gettext_lazy(
        "The file grows far too large when it is opened. It was not read."
    ),
    "unsafe": gettext_lazy(
        "The file contains parts that no spreadsheet needs. It was not read."
    ),
    "no_header": gettext_lazy(
        "No heading row was found. The first row must name the columns, such as"
        " “Name” or “E-mail”."
    ),
    "no_rows": gettext_lazy("There are no rows below the heading row."),
    "no_such_sheet": gettext_lazy("The workbook has no sheet of this name."),
}


class Refused(Exception):
    """A file that is not read; ``code`` names the reason, ``str()`` explains it."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        message = str(MESSAGES.get(self.code, _("The file cannot be read.")))
        return message % self.values if self.values else message
