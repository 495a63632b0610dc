"""Spreadsheet files: the only module that knows CSV and XLSX.

``open_sheet(data, file_name)`` reads an upload as a stream of rows with the numbers
that Excel shows; ``csv_lines`` and ``xlsx_file`` write what no spreadsheet program
mistakes for a formula. ``Refused`` says, translated, why a file cannot be used.
"""

from .errors import Refused
from .limits import MAX_CELL, MAX_COLUMNS, MAX_ROWS, max_bytes
from .reading import Sheet, check_at_sight, open_sheet
from .writing import csv_lines, escape_formula, unescape_formula, xlsx_file

__all__ = [
    "MAX_CELL",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "Refused",
    "Sheet",
    "check_at_sight",
    "csv_lines",
    "escape_formula",
    "max_bytes",
    "open_sheet",
    "unescape_formula",
    "xlsx_file",
]
