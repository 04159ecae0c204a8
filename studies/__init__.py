"""The scripts that make the data of the book; run them from the root, ``python -m studies.…``."""

from pathlib import Path

TABLES = Path(__file__).resolve().parent.parent / "w2slib" / "data" / "tables"
"""Where the committed tables lie in this repository; `w2slib.data` reads them."""
