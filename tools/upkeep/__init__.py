"""What keeps the house in order: the Python of the environment, the rules of imports."""
