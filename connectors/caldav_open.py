"""The bytes of what is attached to a to-do (RFC 5545, 3.8.1.1; RFC 8607)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from urllib.parse import urljoin

from connectors.caldav_asks import Dav
from connectors.caldav_xml import path_of
from connectors.errors import RefusedError
from normalizer.caldav import attached
from normalizer.ical import parse
from normalizer.model import Ref


def bytes_of(dav: Dav, copy: Ref, attachment: str) -> Iterator[bytes]:
    """Yield the bytes of one attachment of the object `copy`: what lies in the object itself, or
    what the server keeps beside it. Raises RefusedError where it is a link, or no longer there.
    """
    if copy.stream != "todo" or path_of(copy.external_id, dav.base_url) != copy.external_id:
        raise _gone()
    try:
        calendar = parse(dav.get(copy.external_id).data)
    except ValueError:
        raise _gone() from None
    for todo in calendar.parts:
        for one in todo.all("ATTACH"):
            if attached(one) != attachment:
                continue
            if one.params.get("VALUE", "").upper() == "BINARY":
                yield _decoded(one.value)
                return
            there = path_of(one.value, urljoin(dav.base_url, copy.external_id))
            if "MANAGED-ID" not in one.params or not there:
                raise RefusedError("This is a link and no file. Open it in the browser.")
            yield from dav.http.download(there)
            return
    raise _gone()


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value.strip())
    except (binascii.Error, ValueError):
        raise _gone() from None


def _gone() -> RefusedError:
    return RefusedError("The file is no longer there.")
