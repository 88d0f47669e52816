"""A service that manages users and their profiles."""
