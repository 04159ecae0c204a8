"""Programs for those who write and publish the book; run them from the root, ``python -m tools.…``.

``authoring`` has what makes notebooks, exercises and slides, ``publish`` what prints the book,
``ledger`` what measures how well theory and simulation agree, `vendor` what fetches browser files,
`browser` what opens the built site, `book` the list of its pages. Nothing here imports from ``tests``.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
