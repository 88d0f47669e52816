{# Made from templates/shared/python/src/{{cookiecutter.__package}}/core/__init__.py by `make sync`: edit that. #}
"""What every feature uses, and no feature owns."""
