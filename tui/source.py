"""What the list shows: ids in a fixed order, and their rows a page at a time."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence

from store.errors import StoreError
from store.row import Row

PAGE = 64
"""Rows read at once."""

KEPT = 64
"""Pages kept."""

FIRST = 256
"""Ids read before the first paint."""

SOME = 4096
"""Ids compared at once."""


class Source:
    """Row number to row. The order is a snapshot: what is fetched meanwhile moves nothing."""

    def __init__(
        self, read: Callable[[Sequence[int]], Sequence[Row | None]], ids: array[int] | None = None
    ) -> None:
        self._read = read
        self.ids = array("q") if ids is None else ids
        self._pages: dict[int, Sequence[Row | None]] = {}
        self.problem: StoreError | None = None
        self.ask: Callable[[int, Sequence[int]], None] | None = None
        """Where reading takes long (a server): begins to fetch a page, which `arrived` brings."""
        self._asked: set[int] = set()
        self._seen: dict[int, Row] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, y: int) -> Row | None:
        """None: deleted since, or not to be read now (`problem` says why)."""
        number, offset = divmod(y, PAGE)
        page = self._pages.pop(number, None)
        if page is None:
            wanted = self._wanted(number)
            if self.ask is not None:
                if number not in self._asked:
                    self._asked.add(number)
                    self.ask(number, wanted)
                return self._seen.get(self.ids[y])
            try:
                page = self._read(wanted)
                self.problem = None
            except StoreError as error:
                self.problem = error
                return None
        self._keep(number, page)
        return page[offset]

    def expects(self, y: int) -> bool:
        """Whether the row is on its way."""
        return y // PAGE in self._asked

    def arrived(
        self, number: int, wanted: Sequence[int], rows: Sequence[Row | None] | StoreError
    ) -> bool:
        """Take a page that was asked for, or why it did not come; False where the order has
        changed meanwhile.
        """
        if self._wanted(number) != wanted:
            return False
        self._asked.discard(number)
        if isinstance(rows, StoreError):
            self.problem = rows
        else:
            self.problem = None
            self._keep(number, rows)
        return True

    def forget(self) -> None:
        """Read the rows again; the order stays. Till a server answers, they are as last seen."""
        if self.ask is not None and self._pages:
            self._seen = {row.id: row for page in self._pages.values() for row in page if row}
        self._pages.clear()
        self._asked.clear()

    def replace(self, ids: array[int]) -> None:
        """Take a new order."""
        self.forget()
        self.ids = ids

    def _wanted(self, number: int) -> array[int]:
        return self.ids[number * PAGE : (number + 1) * PAGE]

    def _keep(self, number: int, page: Sequence[Row | None]) -> None:
        self._pages.pop(number, None)
        if len(self._pages) >= KEPT:
            del self._pages[next(iter(self._pages))]
        self._pages[number] = page

    def drop(self, gone: Iterable[int]) -> None:
        """Take items out of the order."""
        left = set(gone)
        self.replace(array("q", (item for item in self.ids if item not in left)))


def news(shown: array[int], fresh: array[int]) -> int:
    """How many of `fresh` are not shown yet. A few thousand at a time: keys come between."""
    if fresh == shown:
        return 0
    known: set[int] = set()
    for at in range(0, len(shown), SOME):
        known.update(shown[at : at + SOME])
    return sum(
        len(set(fresh[at : at + SOME]).difference(known)) for at in range(0, len(fresh), SOME)
    )
