"""kill -9 in the middle of reading real mailboxes: nothing is lost, nothing comes twice.

The command dies at every seventh point of its own database work: before a statement, before a
commit, after it. Then it runs again, undisturbed, and must end where it ends without a death.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.office import LOLA, Office, letter
from tests.servers.dovecot import Dovecot

WORKER = """
import contextlib, importlib, io, json, os, shutil, signal, sys
from pathlib import Path

import store.database
from store.reader import Reader
from tests.store.crash import Points
from trastienda import cli
from trastienda.commands import sync

opened = store.database.open_database
origin, step = Path(sys.argv[1]), int(sys.argv[2])


def home(name):
    return Path(shutil.copytree(origin, origin.with_name(name)))


def run(where, at=0):
    # The parent has all imported; its child is the command and may be shot.
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        points = []

        def watched(*args, **more):
            db = opened(*args, **more)
            points.append(Points(db, at))
            return db

        store.database.open_database = watched
        with contextlib.redirect_stdout(io.StringIO()):
            code = cli.main(["--home", str(where), "sync", "--json"])
        with os.fdopen(write, "w") as say:
            json.dump([points[0].passed, [] if at else sorted(sys.modules)], say)
        os._exit(code)
    os.close(write)
    with os.fdopen(read) as said:
        told = said.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code, *(json.loads(told) if told else (0, []))


def summary(where):
    reader = Reader(str(where / "trastienda.db"))
    found = []
    for i in reader.ids():
        item = reader.item(i)
        found.append([item.row.client, item.row.channel, item.row.title, item.row.turn,
                      item.row.unread,
                      sorted([m.external_id, m.direction, m.text] for m in item.messages),
                      [[c.field, c.before, c.after] for c in item.changes]])
    reader.close()
    return sorted(found)


opened(origin / "trastienda.db").close()
calm = home("calm")
code, points, modules = run(calm)
assert code == 0, code
for module in modules:
    with contextlib.suppress(ImportError):
        importlib.import_module(module)
truth = summary(calm)
shot, wrong = 0, []
for at in range(1, points + 1, step):
    struck = home(f"struck{at}")
    if run(struck, at)[0] == -signal.SIGKILL:
        shot += 1
    code = run(struck)[0]
    if code != 0 or summary(struck) != truth:
        wrong.append(at)
    shutil.rmtree(struck)
print(json.dumps({"points": points, "shot": shot, "wrong": wrong, "items": len(truth)}))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_fifty_points_a_sync_of_mailboxes_ends_as_an_undisturbed_one(
    tmp_path: Path, checkout: Path, dovecot: Dovecot
) -> None:
    office = Office(tmp_path / "home")
    for client, count in (("acme", 14), ("luz", 6)):
        user = dovecot.new_user("k")
        author = f"Ana <ana@{client}.example>"
        mails = [
            letter(f"{client}{n}", f"Asunto {n % 4}", author=author, days=30 - n,
                   answers=[f"{client}{n % 4}"] if n >= 4 else ())
            for n in range(count)
        ]  # fmt: skip
        dovecot.deliver(user, mails)
        dovecot.deliver(user, mails[:3], folder="Archive", flags="S")
        answer = letter(f"{client}x", "Re: Asunto 1", author=f"Lola <{LOLA}>",
                        to=f"ana@{client}.example", answers=[f"{client}1"])  # fmt: skip
        dovecot.deliver(user, [answer], folder="Sent", flags="S")
        office.mailbox(client, "correo", port=dovecot.imap, user=user,
                       password=f'"{dovecot.password(user)}"',
                       folders='["INBOX", "Archive"]')  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", WORKER, office.home, "7"],
        cwd=checkout, check=False, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["shot"] >= 50, found
    assert found["wrong"] == []
    assert found["items"] == 8
