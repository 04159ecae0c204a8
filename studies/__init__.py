"""The scripts that make the data of the book; run them from the root, ``python -m studies.…``."""
