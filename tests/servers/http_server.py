"""The small HTTP server that ships with the connector kit, by the name it has here."""

from connectors.testing_server import Clock, Fault, HttpServer, Mishap, Reply, Request, now

__all__ = ["Clock", "Fault", "HttpServer", "Mishap", "Reply", "Request", "now"]
