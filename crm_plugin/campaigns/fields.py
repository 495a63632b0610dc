"""The field that holds a mail's content."""

from typing import Any

from crm_plugin.rules import BlocklessStreamField

from .blocks import mail_blocks


class MailBodyField(BlocklessStreamField):
    """The body of a version; its blocks are read when the model is loaded."""

    def get_blocks(self) -> Any:
        return mail_blocks()
