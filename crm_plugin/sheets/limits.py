"""How much of a file is read; beyond it is refused before it costs anything."""

from crm_plugin import conf

MAX_ROWS = 500_000
MAX_COLUMNS = 200
MAX_CELLS = 8_000_000
MAX_CELL = 32_767
# All cells of a sheet together; a text that many cells share counts in each of them.
MAX_CHARACTERS = 100_000_000
MAX_PARTS = 2_000
# What a workbook may grow to when unpacked, as a multiple of what may be uploaded.
MAX_GROWTH = 8
# A single part may not shrink by more than this once it is larger than a megabyte.
MAX_RATIO = 150


def max_bytes() -> int:
    """The largest upload, in bytes (``CRM_UPLOAD_MAX_MB``)."""
    return conf.setting("CRM_UPLOAD_MAX_MB") * 1024 * 1024
