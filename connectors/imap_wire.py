"""The wire to an IMAP server: bounded in bytes and in time, whatever the server does.

imapclient opens the connection, negotiates TLS and signs in. From there on answers are read
here, one at a time, because a mailbox of 20,000 messages must neither be gathered in memory nor
go through a parser made for every shape there is, and because a server may lie about lengths.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
import time
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field

import imapclient
import imapclient.imap_utf7

from connectors.errors import ConfigError, ConnectorError, UnavailableError
from connectors.imap_said import Proof, by_code, net_trouble
from connectors.imap_stream import SMALL, Limits, NonsenseError, Status, Stream
from connectors.net import tls_trouble

_LITERAL = re.compile(rb"\{(\d+)\+?\}$")
_DATA = re.compile(rb"\* (?:(\d{1,10}) )?([A-Z]+)(?: |$)", re.IGNORECASE)


class NoError(UnavailableError):
    """The server answered a command with NO; `code` is its response code, in capitals."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class Data:
    """One untagged answer, not yet parsed: text and literals by turns."""

    name: bytes
    number: int
    parts: list[bytes]


@dataclass(slots=True)
class Answer:
    """All that came for one command that was answered OK."""

    data: list[Data] = field(default_factory=list)
    codes: dict[str, bytes] = field(default_factory=dict)

    def named(self, name: bytes) -> Iterator[Data]:
        """Go through the untagged answers of one name."""
        return (data for data in self.data if data.name == name)


@dataclass(frozen=True, slots=True)
class Done:
    """A command of several is answered; `refused` where with NO."""

    number: int
    """Which of them, from 0."""

    refused: NoError | None = None


class _Client(imapclient.IMAPClient):  # type: ignore[misc]  # imapclient ships no types
    """imapclient over our stream."""

    def __init__(self, stream: Callable[[], Stream], limits: Limits, *, tls: bool) -> None:
        self._make = stream
        wait = imapclient.SocketTimeout(limits.connect, limits.read)
        super().__init__("", ssl=tls, timeout=wait)
        self._imap.debug = 0  # imapclient logs every line, passwords starred at best

    def _create_IMAP4(self) -> Stream:  # noqa: N802  # imapclient's name
        return self._make()


class Wire:
    """One connection. Every method raises ConnectorErrors only, and `dead` tells the rest."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        context: ssl.SSLContext | None,
        starttls: bool = False,
        limits: Limits,
    ) -> None:
        self.host = host
        self.requests = 0
        self.inbox = ""
        """The inbox's mark when it was last pulled, or looked at, through this connection."""

        self.selected = b""
        """The folder that is open, as the server spells it."""

        self.exists = 0
        self.news = False
        self.dead = False
        self._tag = 0
        self._limits = limits
        self._stream: Stream
        direct = None if starttls else context
        with self.guarded():
            self._client = _Client(
                lambda: Stream(host, port, direct, limits, self._adopt),
                limits,
                tls=direct is not None,
            )
            self.requests += 1
        if self._stream.state != "NONAUTH":
            self.close()
            raise UnavailableError(
                "{host} lets us in before we said who we are. That may be somebody in between;"
                " nothing was sent.",
                host=host,
            )
        if starttls and context is not None:
            self._start_tls(context)

    def _adopt(self, stream: Stream) -> None:
        self._stream = stream

    def _start_tls(self, context: ssl.SSLContext) -> None:
        if "STARTTLS" not in self._stream.capabilities:
            self.close()
            raise UnavailableError(
                "{host} offers no private connection here. Ask its owner for the TLS port (993) and"
                ' write tls = "tls"; nothing was sent.',
                host=self.host,
            )
        with self.guarded():
            self._stream.begin(SMALL)
            self._client.starttls(context)
            self.requests += 2

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server announces, in capitals."""
        with self.guarded():
            self._stream.begin(SMALL)
            return frozenset(
                word.decode("ascii", "replace").upper() for word in self._client.capabilities()
            )

    def sign_in(self, user: str, password: str, token: str) -> None:
        """Say who we are: with `token` where it is given, else with `password`."""
        can = self.capabilities
        with self.guarded(signing_in="token" if token else "password"):
            self._stream.begin(SMALL)
            self.requests += 1
            if token and "AUTH=OAUTHBEARER" in can:
                self._client.sasl_login("OAUTHBEARER", _bearer(user, token))
            elif token and "AUTH=XOAUTH2" in can:
                self._client.sasl_login("XOAUTH2", _xoauth2(user, token))
            elif token:
                raise ConfigError(
                    "{host} takes no access token. Give it a password instead.", host=self.host
                )
            elif "AUTH=PLAIN" in can:
                self._client.plain_login(user, password)
            elif "LOGINDISABLED" in can:
                raise ConfigError(
                    '{host} takes no password on this connection. Write tls = "tls", or give it an'
                    " access token.",
                    host=self.host,
                )
            elif not (user + password).isascii():
                raise ConfigError(
                    "{host} takes plain letters only in a user name and a password.", host=self.host
                )
            else:
                self._client.login(quoted(user.encode()).decode(), password)

    def enable(self, *names: str) -> None:
        """Switch extensions on (RFC 5161)."""
        self.command(b"ENABLE", *(name.encode() for name in names))

    def command(self, *words: bytes, take: Callable[[Data], bool] | None = None) -> Answer:
        """Send one command and gather its answer. Raises NoError where the server says NO.

        What `take` says True to is not gathered.
        """
        with self.guarded():
            tag = self._send(words)
            answer = Answer()
            size = 0
            for data in self._until(tag, answer):
                if take is not None and take(data):
                    continue
                size += sum(map(len, data.parts))
                if size > self._limits.answer // 4:
                    raise NonsenseError("{host} never stops answering.", host=self.host)
                answer.data.append(data)
            return answer

    def stream(self, commands: Iterable[tuple[bytes, ...]]) -> Iterator[Data | Done]:
        """Send commands, each before the answer to the last one is read.

        Yields the untagged answers as they come, and Done where a command is. A server may
        answer two at once, line by line in turn (RFC 3501 §5.5; Dovecot does).
        """
        left = enumerate(commands)
        waiting: dict[bytes, int] = {}

        def ahead() -> None:
            while len(waiting) < 2 and (following := next(left, None)) is not None:
                number, words = following
                waiting[self._send(words)] = number

        try:
            with self.guarded():
                ahead()
            while waiting:
                with self.guarded():
                    got = self._next(waiting)
                    if isinstance(got, Status):
                        continue
                    event = got if isinstance(got, Data) else Done(waiting.pop(got[0]), got[1])
                    if isinstance(event, Done):
                        ahead()
                yield event
        finally:
            if waiting:  # whoever was reading went away: what still comes must not be misread
                self.close()

    def append(self, folder: bytes, flags: bytes, message: bytes) -> None:
        """Put a message into `folder`, as a command spells it. Raises NoError where it says NO."""
        ahead = "LITERAL+" in self.capabilities
        size = b"{%d+}" % len(message) if ahead else b"{%d}" % len(message)
        with self.guarded():
            tag = self._send((b"APPEND", folder, flags, size))
            while not (ahead or self._stream.peek().startswith(b"+")):
                got = self._next((tag,))
                if isinstance(got, tuple):
                    raise got[1] or NonsenseError("{host} ends APPEND unasked.", host=self.host)
            if not ahead:
                self._stream.readline()
            self._stream.give(message)
            for _ in self._until(tag, Answer()):
                pass

    def idle(self, seconds: float, stop: Callable[[], bool]) -> bool:
        """Let the server speak first (RFC 2177), till it says something is new.

        Looks at `stop` twice a second.
        """
        with self.guarded():
            tag = self._send((b"IDLE",))
            self.news = False
            until = time.monotonic() + seconds
            while not self._stream.peek().startswith(b"+"):
                got = self._next((tag,))
                if isinstance(got, tuple):
                    raise got[1] or NonsenseError("{host} ends IDLE unasked.", host=self.host)
            self._stream.readline()
            while not (self.news or stop()) and (left := until - time.monotonic()) > 0:
                if self._stream.pending:
                    self._next(())
                else:
                    with contextlib.suppress(TimeoutError):
                        self._stream.fill(min(0.5, left))
            self._stream.begin(SMALL)
            self._stream.send(b"DONE\r\n")
            for _ in self._until(tag, Answer()):
                pass
            return self.news

    def close(self) -> None:
        """Hang up. Never raises."""
        if not self.dead:
            self.dead = True
            with contextlib.suppress(OSError):
                self._stream.shutdown()

    def farewell(self) -> None:
        """Sign out and hang up, waiting for no answer. Never raises."""
        if not self.dead:
            with contextlib.suppress(ConnectorError, OSError):
                self._send((b"LOGOUT",))
        self.close()

    def _send(self, words: Iterable[bytes]) -> bytes:
        if self.dead:
            raise ConnectionResetError
        self._tag += 1
        tag = b"T%d" % self._tag
        self._stream.begin(self._limits.answer)
        self._stream.send(b" ".join((tag, *words)) + b"\r\n")
        self.requests += 1
        return tag

    def _until(self, tag: bytes, answer: Answer) -> Iterator[Data]:
        """Yield data till the line that carries `tag`. Raises NoError where that says NO."""
        while True:
            got = self._next((tag,))
            if isinstance(got, Data):
                yield got
            elif isinstance(got, Status):
                answer.codes.setdefault(got.code, got.argument)
            elif got[1] is not None:
                raise got[1]
            else:
                return

    def _next(self, tags: Container[bytes]) -> Data | Status | tuple[bytes, NoError | None]:
        """Read one answer: data, an untagged status, or which of `tags` is done, and how."""
        line = self._stream.readline()
        if line[-2:] != b"\r\n":
            raise NonsenseError("{host} ends a line in its own way.", host=self.host)
        line = line[:-2]
        if line[:2] != b"* ":
            return self._done(line, tags)
        found = _DATA.match(line)
        name = found[2].upper() if found else b""
        if found is None or name in {b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"}:
            status = Status.read(line[2:]) or Status("", "", b"", "")
            if status.name == "BYE":
                raise by_code(self.host, status.code, status.text)
            return status
        data = Data(name, int(found[1] or 0), [line[found.end() :]])
        taken = 0
        while literal := _LITERAL.search(data.parts[-1][-24:]):
            size = int(literal[1])
            taken += size + 64
            if taken > self._limits.literal:
                raise self._too_much(taken, data.parts[0])
            data.parts[-1] = data.parts[-1][: -len(literal[0])]
            data.parts.append(self._stream.read(size))
            data.parts.append(self._stream.readline().removesuffix(b"\r\n"))
        if name == b"EXISTS":
            self.exists = data.number
        elif name == b"EXPUNGE":
            self.exists = max(0, self.exists - 1)
        self.news = self.news or name in {b"EXISTS", b"EXPUNGE", b"FETCH", b"VANISHED"}
        return data

    def _too_much(self, size: int, near: bytes) -> NonsenseError:
        error = NonsenseError(
            "{host} announces {size} bytes where few were asked for.", host=self.host, size=size
        )
        error.near = near
        return error

    def _done(self, line: bytes, tags: Container[bytes]) -> tuple[bytes, NoError | None]:
        tag, _, rest = line.partition(b" ")
        status = Status.read(rest)
        if tag not in tags or status is None:
            raise NonsenseError("{host} says what is no IMAP.", host=self.host)
        if status.name == "NO":
            refused = NoError("{host} refuses: {text}", host=self.host, text=status.text)
            refused.code = status.code
            return tag, refused
        if status.name != "OK":
            raise UnavailableError(
                "{host} did not understand us: {text}", host=self.host, text=status.text
            )
        return tag, None

    @contextlib.contextmanager
    def guarded(self, *, signing_in: Proof = "") -> Iterator[None]:
        """Turn whatever goes wrong into a ConnectorError, and hang up unless it was a plain NO.

        What is raised while signing in carries nothing of what we sent.
        """
        try:
            yield
        except NoError:
            raise
        except ConnectorError:
            self._drop()
            raise
        except TimeoutError:
            self._drop()
            raise UnavailableError(
                "{host} does not answer in time. Nothing was lost; it will be tried again.",
                host=self.host,
            ) from None
        except ssl.SSLError as error:
            self._drop()
            raise tls_trouble(self.host, error, named='"host"', made='"port", "tls"') from None
        except OSError as error:
            self._drop()
            raise net_trouble(self.host, error) from None
        except (imaplib.IMAP4.error, imapclient.exceptions.IMAPClientError):
            raise self._judged(signing_in) from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError):
            self._drop()
            raise NonsenseError("{host} says what is no IMAP.", host=self.host) from None

    def _judged(self, signing_in: Proof) -> ConnectorError:
        """Say what imaplib's error was about, from the line the server sent last."""
        stream = getattr(self, "_stream", None)
        last = stream.last.strip() if stream else b""
        alert = stream.alert if stream else ""
        self._drop()
        status = Status.read(last)
        refusals = {"NO", "BAD", "BYE"} if signing_in == "token" else {"NO", "BYE"}
        if status is None or status.name not in refusals:
            return NonsenseError("{host} says what is no IMAP.", host=self.host)
        text = alert or status.text
        refused = bool(signing_in) and status.name != "BYE"
        return by_code(self.host, status.code, text, proof=signing_in, refused=refused)

    def _drop(self) -> None:
        if hasattr(self, "_stream"):
            self.close()
        else:
            self.dead = True


def _bearer(user: str, token: str) -> Callable[[bytes], bytes]:
    """Spell a token as RFC 7628 §3.1 wants it; where it is refused, 0x01 ends it (§3.2.3)."""
    name = user.replace("=", "=3D").replace(",", "=2C")
    return _once(f"n,a={name},\1auth=Bearer {token}\1\1", b"\1")


def _xoauth2(user: str, token: str) -> Callable[[bytes], bytes]:
    """Spell a token as Google and Microsoft want it; where it is refused, an empty line ends it."""
    return _once(f"user={user}\1auth=Bearer {token}\1\1", b"")


def _once(first: str, then: bytes) -> Callable[[bytes], bytes]:
    """Answer a server's first challenge with `first`, and every one after it with `then`."""
    answers = iter([first.encode()])
    return lambda _: next(answers, then)


def quoted(text: bytes) -> bytes:
    """Spell a quoted string (RFC 3501 §4.3)."""
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def decoded(name: bytes) -> str:
    r"""Read a folder's name in modified UTF-7 (RFC 3501 §5.1.3).

    A broken one comes back as the ASCII it is made of, other bytes spelt `\xNN`, so that every
    name reads as something and no two as the same.
    """
    try:
        text: str = imapclient.imap_utf7.decode(name)
        if imapclient.imap_utf7.encode(text) == name:
            text.encode()
            return text
    except (UnicodeError, ValueError):
        pass
    return name.decode("ascii", "backslashreplace")
