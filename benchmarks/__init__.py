"""Measured claims, one script a claim, each beside its peers in the same run."""
