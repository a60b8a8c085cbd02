"""`views`: her own views, as the tabs of the screen have them: listed, kept, removed."""

from __future__ import annotations

from gettext import gettext as _

from normalizer.said import SaidError
from normalizer.text import fold
from store import own_views
from store.errors import QueryError
from store.query import parse
from store.reader import Reader
from store.views import SavedView
from trastienda import console
from trastienda.context import Context
from trastienda.exits import Exit
from tui.lines import safe
from tui.views import OWN, VIEWS, Request, names, title


class ViewsError(SaidError):
    """What was asked for is no view, or no way to keep one."""


def views(ctx: Context) -> int:
    """List them, keep one or remove one."""
    options = ctx.options
    query = " ".join(options.query).strip()
    if options.save is not None:
        return _save(ctx, options.save, query)
    if query:
        raise ViewsError("To keep a view, write a name before the query: --save NAME QUERY.")
    if options.remove is not None:
        return _remove(ctx, options.remove)
    with ctx.reader() as reader:
        found = [_counted(ctx, reader, one) for one in reader.saved_views()]
    if ctx.json:
        console.data({"views": found})
        return Exit.OK
    for one in found:
        count = "!" if one["problem"] else one["count"]
        console.say(f"{count:>6}  {safe(str(one['name']))}: {safe(str(one['query']))}")
        if one["problem"]:
            console.say(f"        {safe(str(one['problem']))}")
    if not found:
        console.say(_("You have kept no view yet."))
    return Exit.OK


def find(reader: Reader, name: str) -> Request:
    """Give the view of a name: hers first, then those that are always there. Raises ViewsError."""
    own = reader.saved_views()
    hers = {fold(one.name): Request(OWN + one.name, own=one.query) for one in own}
    every = {fold(said): Request(view) for view in VIEWS for said in (title(view), view)} | hers
    if (found := every.get(fold(" ".join(name.split())))) is None:
        there = ", ".join(title(one) for one in names(own))
        raise ViewsError("There is no view {view}. There are: {views}.", view=name, views=there)
    return found


def _counted(ctx: Context, reader: Reader, view: SavedView) -> dict[str, object]:
    request = Request(OWN + view.name, own=view.query)
    count, problem = None, None
    try:
        count = request.total(reader, ctx.now, ctx.zone)
    except QueryError as error:  # kept by another version
        problem = error.said.text(_)
    return {"name": view.name, "query": view.query, "count": count, "problem": problem}


def _save(ctx: Context, name: str, query: str) -> int:
    if not query:
        raise ViewsError("What the view asks for is missing: --save NAME QUERY.")
    parse(query, now=ctx.now, timezone=ctx.zone)
    with ctx.database() as db:
        replaced = own_views.save(db, name, query, now=ctx.now)
    kept = own_views.named(name)
    if ctx.json:
        console.data({"saved": {"name": kept, "query": query}, "replaced": replaced})
        return Exit.OK
    text = _("View kept, in the place of the one before: {view}")
    if not replaced:
        text = _("View kept: {view}")
    console.say(text.format(view=safe(kept)))
    return Exit.OK


def _remove(ctx: Context, name: str) -> int:
    with ctx.reader() as reader:
        own = {fold(one.name): one for one in reader.saved_views()}
    view = own.get(fold(" ".join(name.split())))
    if view is None:
        raise ViewsError("You have kept no view {view}.", view=name)
    with ctx.database() as db:
        own_views.remove(db, view.name)
    if ctx.json:
        console.data({"removed": {"name": view.name, "query": view.query}})
        return Exit.OK
    # With its question, so that it can be kept again.
    text = _("View removed: {view} ({query})")
    console.say(text.format(view=safe(view.name), query=safe(view.query)))
    return Exit.OK
