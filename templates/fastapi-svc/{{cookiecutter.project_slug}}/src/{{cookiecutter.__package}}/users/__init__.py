{# Made from templates/shared/python/src/{{cookiecutter.__package}}/users/__init__.py by `make sync`: edit that. #}
"""Users and their profiles."""
