from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.base import Batch
from connectors.errors import ConfigError, CursorExpiredError, UnavailableError
from connectors.memory import MemoryConfig, MemoryConnector, MemoryTool
from connectors.testing import ConnectorContract
from normalizer.actions import Comment
from normalizer.model import Message, Ref, Task
from normalizer.raw import Raw
from tests.contract import samples


class TestMemory(ConnectorContract):
    """The tool says what it deletes."""

    tool: MemoryTool

    @pytest.fixture
    def connector(self, tmp_path: Path) -> MemoryConnector:
        self.tool = samples.tool()
        return self.again(None)

    @pytest.fixture
    def broken_connector(self) -> MemoryConnector:
        tool = samples.tool()
        tool.fail(UnavailableError("{host} does not answer.", host="tool.example"))
        return MemoryConnector(MemoryConfig(), tool)

    def again(self, connector: object) -> MemoryConnector:
        return MemoryConnector(MemoryConfig(page=2), self.tool)

    def say(self, connector: object, text: str) -> None:
        about = {"stream": "conversation", "id": "c1"}
        said = {"about": about, "sent_at": "2026-03-02T10:00:00+00:00", "text": text}
        self.tool.put(Raw.of_json("message", "m-new", {**said, "author": {"name": text}}))

    def remove(self, connector: object) -> None:
        self.tool.put(Raw(stream="task", external_id="t1", deleted=True))

    def forget(self, connector: object) -> None:
        self.tool.forget()


class TestMemoryThatDeletesSilently(TestMemory):
    """The tool loses records without a word: only the census tells."""

    def remove(self, connector: object) -> None:
        self.tool.vanish("task", "t1")


class TestMemoryInAFile(TestMemory):
    """The tool is a file that somebody else appends to."""

    file: Path

    @pytest.fixture
    def connector(self, tmp_path: Path) -> MemoryConnector:
        self.file = tmp_path / "tool.jsonl"
        lines = [
            {"stream": raw.stream, "id": raw.external_id, "json": raw.json()}
            for raw in samples.records()
            if raw.stream not in {"mail", "message"}
        ]
        lines.append({"stream": "mail", "id": "1", "mail": samples.MAIL.decode(), "meta": {}})
        self.append(*lines)
        return self.again(None)

    def append(self, *lines: dict[str, object]) -> None:
        with self.file.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)

    def again(self, connector: object) -> MemoryConnector:
        return MemoryConnector(MemoryConfig(page=2, file=str(self.file)))

    def say(self, connector: object, text: str) -> None:
        self.append({"stream": "task", "id": "t-new", "json": {"title": text, "body": text}})

    def remove(self, connector: object) -> None:
        self.append({"stream": "task", "id": "t1", "deleted": True})

    def forget(self, connector: object) -> None:
        pytest.skip("a file forgets nothing but what it loses: see below")


def connected(tool: MemoryTool, page: int = 2) -> MemoryConnector:
    return MemoryConnector(MemoryConfig(page=page), tool)


def test_a_file_that_became_shorter_is_pulled_whole(tmp_path: Path) -> None:
    file = tmp_path / "tool.jsonl"
    line = '{"stream":"task","id":"%s","json":{"title":"x"}}\n'
    file.write_text(line % "a" + line % "b", "utf-8")
    connector = MemoryConnector(MemoryConfig(file=str(file)))
    (batch,) = connector.pull(None)
    file.write_text(line % "a", "utf-8")
    with pytest.raises(CursorExpiredError):
        list(connector.pull(batch.cursor))
    (whole,) = connector.pull(None)
    assert whole.census[0].external_ids == {"a"}


@pytest.mark.parametrize(
    "line", ["no json", "[]", '{"stream":"task"}', '{"stream":"task","id":1,"json":{}}', "[" * 9**5]
)
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "tool.jsonl"
    file.write_text(f"\n{line}\n", "utf-8")
    with pytest.raises(ConfigError, match=r"Line 2 of .*tool\.jsonl"):
        MemoryConnector(MemoryConfig(file=str(file))).check()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.jsonl cannot be read"):
        MemoryConnector(MemoryConfig(file=str(tmp_path / "nowhere.jsonl"))).check()


def test_a_comment_stays_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "tool.jsonl"
    file.write_text('{"stream":"task","id":"a","json":{"title":"x"}}\n', "utf-8")
    comment = Comment(ref=Ref("task", "a"), text="línea\u2028y \ud800 fin")
    for _ in range(2):
        MemoryConnector(MemoryConfig(file=str(file))).push(comment)
    pulled = [
        raw for b in MemoryConnector(MemoryConfig(file=str(file))).pull(None) for raw in b.records
    ]
    (message,) = [
        r for raw in pulled for r in MemoryConnector.normalise(raw) if isinstance(r, Message)
    ]
    assert message.about == Ref("task", "a")
    assert "fin" in message.text


def test_a_pull_can_fail_after_any_batch_and_goes_on_from_there() -> None:
    tool = samples.tool()
    tool.fail(UnavailableError("Not now."), after=2)
    taken: list[Batch] = []
    pull = connected(tool).pull(None)
    taken += next(pull), next(pull)
    with pytest.raises(UnavailableError):
        next(pull)
    tool.mend()
    rest = list(connected(tool).pull(taken[-1].cursor))
    raws = [raw for batch in (*taken, *rest) for raw in batch.records if not raw.deleted]
    assert sorted(raw.external_id for raw in raws) == [
        "INBOX/1",
        "c1",
        "m1",
        "t1",
        "t2",
        "t3",
        "x1",
    ]
    assert rest[-1].census, "a pull from the beginning ends with a census, cut short or not"


def test_a_patch_of_a_record_already_pulled_carries_its_meta_only() -> None:
    tool = samples.tool()
    connector = connected(tool, page=50)
    (whole,) = connector.pull(None)
    tool.put(Raw(stream="mail", external_id="INBOX/1", meta='{"flags":["\\\\Seen"]}'))
    (news,) = connector.pull(whole.cursor)
    (raw,) = news.records
    assert raw.payload is None
    assert raw.about() == {"folder": "INBOX", "flags": ["\\Seen"]}


def test_an_emptied_tool_says_so_with_a_census_and_no_record() -> None:
    tool = MemoryTool()
    tool.put(Raw.of_json("task", "a", {"title": "x"}))
    connector = connected(tool)
    *_, last = connector.pull(None)
    tool.vanish("task", "a")
    (news,) = connector.pull(last.cursor)
    assert news.records == ()
    assert [(census.stream, census.external_ids) for census in news.census] == [
        ("task", frozenset())
    ]


@pytest.mark.parametrize(
    ("stream", "value"),
    [
        ("task", []),
        ("task", {"title": 7}),
        ("task", {"title": "x", "state": "wild"}),
        ("task", {"title": "x", "due": "soon"}),
        ("task", {"title": "x", "due": "2026-03-01T10:00:00"}),
        ("task", {"title": "x", "labels": "web"}),
        ("message", {"sent_at": "2026-03-01T10:00:00+00:00", "text": "x"}),
        ("message", {"about": {"stream": "task", "id": "a"}, "text": "no instant"}),
        ("change", {"about": {"stream": "task", "id": ""}, "at": "2026-03-01T10:00:00Z"}),
    ],
)
def test_a_record_out_of_shape_is_refused(stream: str, value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the store keeps any such record aside
        list(MemoryConnector.normalise(Raw.of_json(stream, "a", value)))


def test_a_date_without_a_time_stays_a_date() -> None:
    (task,) = MemoryConnector.normalise(
        Raw.of_json("task", "a", {"title": "x", "due": "2026-03-06"})
    )
    assert isinstance(task, Task)
    assert type(task.due).__name__ == "date"
