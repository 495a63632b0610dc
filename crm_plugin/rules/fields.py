"""Model fields whose blocks live in a registry, never in a migration."""

from typing import Any

from wagtail.blocks import StreamBlock
from wagtail.fields import StreamField

from .blocks import rule_block


class BlocklessStreamField(StreamField):
    """A StreamField whose migration holds no blocks.

    Its blocks come from a registry or a setting at run time, so that a host site can
    add one without a migration inside this package. Subclasses give ``get_blocks``.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("block_types", None)
        kwargs.pop("block_lookup", None)
        kwargs.setdefault("blank", True)
        super().__init__(self.get_blocks(), **kwargs)

    def get_blocks(self) -> Any:
        return []

    def deconstruct(self) -> tuple:
        """As a plain field: describing the blocks, to drop them, would cost a third of
        the time that all migrations take."""
        name, path, _args, kwargs = super(StreamField, self).deconstruct()
        return name, path, [], kwargs


class RuleField(BlocklessStreamField):
    """The rule of a segment or an audience; its conditions come from the registry."""

    @property
    def stream_block(self) -> StreamBlock:  # type: ignore[override]
        block = rule_block()
        block.set_meta_options(self.block_opts)
        return block
