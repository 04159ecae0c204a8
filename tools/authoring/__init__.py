"""Notebooks, exercises and slides from their sources."""
