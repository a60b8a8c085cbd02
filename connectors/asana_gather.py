"""Reading tasks with all that belongs to them, in as few requests as it takes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from connectors.asana_cursor import State
from connectors.asana_reads import (
    Ask,
    Heard,
    Reader,
    attachment_asks,
    story_asks,
    subtask_asks,
    task_asks,
)
from connectors.asana_records import (
    Read,
    Table,
    censuses,
    has_files,
    has_subtasks,
    names,
    parent_of,
    records,
)
from connectors.errors import ConnectorError
from normalizer.raw import Census, Raw


@dataclass(slots=True)
class Catch:
    """What came of asking for some tasks."""

    reads: list[Read] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    """Tasks that are no longer there, or no longer for us."""

    failed: dict[str, ConnectorError] = field(default_factory=dict)
    """Tasks that could not be read whole, and are left out."""

    def records(self, state: State) -> list[Raw]:
        """Yield all there is to keep."""
        return [raw for read in self.reads for raw in records(state, read)]

    def censuses(self, state: State) -> list[Census]:
        """Yield all that can be told to exist."""
        return [census for read in self.reads for census in censuses(state, read)]


@dataclass(slots=True)
class _Parts:
    """One question about each of some tasks, and what was answered."""

    asks: Callable[[Iterable[str]], list[Ask]]
    gids: Sequence[str]
    heard: dict[str, Heard] = field(default_factory=dict)

    def rows(self, gid: str) -> list[Table] | None:
        """Give the list that belongs to a task; None where there is none."""
        heard = self.heard.get(gid)
        return None if heard is None or heard.problem else heard.rows

    def trouble(self) -> Iterator[tuple[str, ConnectorError]]:
        """Yield the tasks for which it did not come. Where the task itself went meanwhile, that
        is told at the next look.
        """
        for gid, heard in self.heard.items():
            if heard.problem and not heard.lost:
                yield gid, heard.problem


def gather(
    reader: Reader, state: State, tasks: Sequence[Table], *, told: Callable[[Table], bool]
) -> Catch:
    """Read what belongs to `tasks`, which were read already: of those that are kept their
    subtasks, of those that `told` chooses their stories too.
    """
    kept = {str(task["gid"]): task for task in tasks if names(state, task)}
    stories = _Parts(story_asks, [gid for gid, task in kept.items() if told(task)])
    subtasks = _Parts(subtask_asks, [gid for gid, task in kept.items() if has_subtasks(task)])
    _ask(reader, stories, subtasks)
    files = _Parts(attachment_asks, _with_files(stories))
    _ask(reader, files)
    return _caught(kept, stories, subtasks, files)


def touch(
    reader: Reader, state: State, gids: Sequence[str], *, files: Collection[str],
    known: Collection[str],
) -> Catch:  # fmt: skip
    """Read tasks that changed, with their stories, and the tasks of which they are lines; but not
    those of `known`, whose turn is another.
    """
    tasks, stories = _Parts(task_asks, gids), _Parts(story_asks, gids)
    _ask(reader, tasks, stories)
    found = {gid: heard.record for gid, heard in tasks.heard.items() if not heard.problem}
    above = {gid: parent_of(task) for gid, task in found.items()}
    parents = _Parts(task_asks, [gid for gid in dict.fromkeys(above.values()) if gid])
    parents.gids = [gid for gid in parents.gids if gid not in known]
    kept = [gid for gid, task in found.items() if names(state, task)]
    lines = [gid for gid in kept if has_subtasks(found[gid])]
    subtasks = _Parts(subtask_asks, [*lines, *parents.gids])
    attached = {*_with_files(stories), *files}
    attachments = _Parts(attachment_asks, [gid for gid in kept if gid in attached])
    _ask(reader, parents, subtasks, attachments)
    found |= {gid: heard.record for gid, heard in parents.heard.items() if not heard.problem}
    catch = _caught(found, stories, subtasks, attachments)
    catch.lost = {gid for gid, heard in tasks.heard.items() if heard.lost}
    catch.failed |= dict([*tasks.trouble(), *parents.trouble()])
    # The change of a line counts as read once the task it is a line of was.
    orphans = {gid: parent for gid, parent in above.items() if parent in catch.failed}
    catch.failed |= {gid: catch.failed[parent] for gid, parent in orphans.items()}
    return catch


def _ask(reader: Reader, *parts: _Parts) -> None:
    """Ask all of it together: what is asked for one task stands in one batch where it can."""
    asks = [
        (one, gid, ask)
        for one in parts
        for gid, ask in zip(one.gids, one.asks(one.gids), strict=True)
    ]
    for (one, gid, _), heard in zip(asks, reader.lists([ask for *_, ask in asks]), strict=True):
        one.heard[gid] = heard


def _with_files(stories: _Parts) -> list[str]:
    return [gid for gid in stories.gids if has_files(stories.rows(gid) or ())]


def _caught(found: dict[str, Table], stories: _Parts, subtasks: _Parts, files: _Parts) -> Catch:
    """Put together what was read; a task of which a part is missing is left out whole."""
    catch = Catch(failed=dict([*stories.trouble(), *subtasks.trouble(), *files.trouble()]))
    for gid, task in found.items():
        lines = subtasks.rows(gid) if gid in subtasks.heard else ()
        if lines is not None and gid not in catch.failed:
            catch.reads.append(Read(task, lines, stories.rows(gid), files.rows(gid)))
    return catch
