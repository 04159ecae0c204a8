"""What the book reproduces, measured."""
