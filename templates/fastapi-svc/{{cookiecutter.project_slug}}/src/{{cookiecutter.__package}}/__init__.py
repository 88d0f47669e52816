{# Made from templates/shared/python/src/{{cookiecutter.__package}}/__init__.py by `make sync`: edit that. #}
"""A service that manages users and their profiles."""
