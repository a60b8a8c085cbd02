"""A database server, as the command line meets it."""

from __future__ import annotations

from tests.trastienda.desk import CONFIG, Desk


def test_check_says_that_a_server_answers_its_version_and_whose_tables_it_holds(
    desk: Desk, postgres_url: str
) -> None:
    desk.write_config(CONFIG.format(folder=desk.folder) + f'[database]\nurl = "{postgres_url}"\n')
    for said in ("empty yet", "those of this version"):
        ended = desk.run("check", "--json")
        found = [one for one in ended.json["findings"] if one["area"] == "database"]
        assert ended.code == 0, found
        assert [one["level"] for one in found] == ["ok", "ok"]
        assert "answers: PostgreSQL 1" in found[0]["text"]
        assert said in found[1]["text"]
        assert desk.run("sync").code == 0


def test_check_says_that_a_server_does_not_answer(desk: Desk) -> None:
    url = "postgresql://lola@127.0.0.1:1/trastienda"
    desk.write_config(CONFIG.format(folder=desk.folder) + f'[database]\nurl = "{url}"\n')
    ended = desk.run("check", "--json")
    (found,) = [one for one in ended.json["findings"] if one["area"] == "database"]
    assert (ended.code, found["level"]) == (6, "bad")
    assert "cannot be reached" in found["text"]
