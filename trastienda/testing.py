"""All that the tests of a connector written elsewhere need, under one name that will not move.

It brings pytest, so only tests import it.
"""

from connectors.probe import Key, held, in_thread, records
from connectors.testing import HOSTILE, ConnectorContract
from connectors.testing_faults import FAULTS, Fault
from connectors.testing_http import FaultContract
from connectors.testing_server import HttpServer, Mishap, Reply, Request

__all__ = [
    "FAULTS",
    "HOSTILE",
    "ConnectorContract",
    "Fault",
    "FaultContract",
    "HttpServer",
    "Key",
    "Mishap",
    "Reply",
    "Request",
    "held",
    "in_thread",
    "records",
]
