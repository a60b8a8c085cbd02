"""Fetch from a client's tool, and push to it: one module a kind of channel.

Importing this package loads no connector and no network library.
"""
