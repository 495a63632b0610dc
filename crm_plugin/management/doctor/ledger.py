"""The consent ledger: insert-only, sealed, and what the consents rest on."""

from collections.abc import Iterator

from crm_plugin.consents import rebuild, seal, triggers

from .findings import Finding, error, ok


def about_ledger() -> Iterator[Finding]:
    if missing := triggers.missing():
        yield error(
            f"the consent ledger can be altered: {len(missing)} triggers are missing",
            "Run `manage.py migrate`; it puts them back.",
        )
    else:
        yield ok("the consent ledger is insert-only")
    if broken := seal.verify_seals():
        yield error(
            f"lines of the consent ledger differ from their seal, up to {broken[0]}",
            "Find out who wrote to the database; compare with a backup from before.",
        )
    else:
        yield ok("all seals hold")
    if differing := len(rebuild.differences()):
        yield error(
            f"{differing} consents are not what the ledger says",
            "Run `manage.py crm_doctor --rebuild-consents`.",
        )
    else:
        yield ok("consents are what the ledger says")
