"""What an explorer shows, in tables: parameters, tables over them, and sums of their products."""
