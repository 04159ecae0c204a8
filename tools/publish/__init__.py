"""The built book in other forms."""
