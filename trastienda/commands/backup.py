"""`backup` and `restore`."""

from __future__ import annotations

from gettext import gettext as _
from pathlib import Path

from store import backup as kept
from trastienda import console, lock
from trastienda.context import Context
from trastienda.exits import Exit


def backup(ctx: Context) -> int:
    """Copy the database while it is in use."""
    target = ctx.target
    ctx.home.create()
    folder = Path(ctx.options.folder).expanduser() if ctx.options.folder else ctx.home.backups
    made = kept.backup(target, folder, ctx.now)
    if ctx.json:
        console.data({"file": str(made)})
    else:
        console.say(_("Backup written to {file}").format(file=made))
    return Exit.OK


def restore(ctx: Context) -> int:
    """Put a backup in the database's place; what was there is kept aside."""
    target = ctx.target
    ctx.home.create()
    question = _("Go back to that backup? What is there now is kept aside. [y/N]")
    if ctx.may_ask and not ctx.json and console.is_terminal() and not console.ask(question):
        return Exit.FAILED
    try:
        with lock.hold(ctx.home.lock):
            aside = kept.restore(Path(ctx.options.file).expanduser(), target, ctx.now)
    except lock.EngineRunsError:
        raise lock.EngineRunsError(
            "Trastienda is at work on what would be replaced. Close its screen, and end"
            " “trastienda sync --watch” where it runs; then try again."
        ) from None
    if ctx.json:
        console.data(
            {"file": str(ctx.options.file), "aside": None if aside is None else str(aside)}
        )
    else:
        console.say(_("Restored. The next sync brings what came since."))
        if aside is not None:
            console.say(_("What was there before is kept in {file}").format(file=aside))
    return Exit.OK
