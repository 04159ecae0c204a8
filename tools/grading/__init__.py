"""Grading a class's notebooks: collect them, run them safely, and write their points."""
