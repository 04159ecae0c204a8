"""Constructors of explorers, one module per chapter; they tabulate what the chapter's theory says."""
