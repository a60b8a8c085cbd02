"""The one task and message model, and the pure mappings into it.

Nothing here opens a socket, a file or a database, or reads a clock.
"""
