"""Trastienda: the one queue of a virtual assistant with many clients."""
