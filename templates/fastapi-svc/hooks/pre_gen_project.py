{# Made from hooks/pre_gen_project.py by `make sync`: edit that. #}
"""Refuse bad answers before anything is written.

Copier checks the same rules itself: `make sync` puts the validators of copier.yml in the place marked below.
"""

import sys

messages = [
{% set message %}{% if not cookiecutter.project_name.strip() or cookiecutter.project_name != cookiecutter.project_name.strip() or cookiecutter.project_name | length > 60 or not cookiecutter.project_name.isprintable() %} project_name must be 1 to 60 printable characters without white space around them {% elif '{{' in cookiecutter.project_name or '{%' in cookiecutter.project_name or '{#' in cookiecutter.project_name %} project_name must not hold Jinja's {{ '{{, {% or {#' }} {% endif %}{% endset %}
    {{ message | string | trim | tojson }},
{% set message %}{% if cookiecutter.project_slug | length > 40 or not cookiecutter.project_slug.replace('-', '').isalnum() or not cookiecutter.project_slug.isascii() or cookiecutter.project_slug != cookiecutter.project_slug | lower or cookiecutter.project_slug[0] < 'a' or cookiecutter.project_slug[-1] == '-' or '--' in cookiecutter.project_slug %} project_slug must be lower-case letters, digits and single hyphens, start with a letter and have at most 40 characters {% elif cookiecutter.project_slug in cookiecutter.__reserved_slugs %} project_slug must not be the name of a package that the service is built on {% endif %}{% endset %}
    {{ message | string | trim | tojson }},
{% set message %}{% set parts = cookiecutter.go_module.split('/') %} {% if cookiecutter.__template != 'gin-svc' %} {% elif cookiecutter.go_module | length > 200 or not cookiecutter.go_module.isascii() or not cookiecutter.go_module.replace('-', '').replace('.', '').replace('_', '').replace('~', '').replace('/', '').isalnum() or '' in parts or '..' in cookiecutter.go_module or '/.' in cookiecutter.go_module or './' in cookiecutter.go_module or cookiecutter.go_module[0] in '.-' or cookiecutter.go_module[-1] == '.' or ('.' in parts[0] and (parts[0] != parts[0] | lower or '_' in parts[0] or '~' in parts[0])) %} go_module must be a Go module path such as github.com/acme/user-service {% else %} {% for reserved in cookiecutter.__reserved_modules if (cookiecutter.go_module ~ '/').startswith(reserved ~ '/') %}{% if loop.first %}go_module must not be, or lie inside, {{ reserved }}, which the service is built on{% endif %}{% endfor %} {% endif %}{% endset %}
    {{ message | string | trim | tojson }},
{% set message %}{% if not cookiecutter.description.strip() or cookiecutter.description != cookiecutter.description.strip() or cookiecutter.description | length > 200 or not cookiecutter.description.isprintable() %} description must be 1 to 200 printable characters without white space around them {% elif '{{' in cookiecutter.description or '{%' in cookiecutter.description or '{#' in cookiecutter.description %} description must not hold Jinja's {{ '{{, {% or {#' }} {% endif %}{% endset %}
    {{ message | string | trim | tojson }},
{% set message %}{% if not cookiecutter.author_name.strip() or cookiecutter.author_name != cookiecutter.author_name.strip() or cookiecutter.author_name | length > 100 or not cookiecutter.author_name.isprintable() %} author_name must be 1 to 100 printable characters without white space around them {% elif '{{' in cookiecutter.author_name or '{%' in cookiecutter.author_name or '{#' in cookiecutter.author_name %} author_name must not hold Jinja's {{ '{{, {% or {#' }} {% endif %}{% endset %}
    {{ message | string | trim | tojson }},
{% set message %}{% set local, at, domain = cookiecutter.author_email.partition('@')[0], cookiecutter.author_email.partition('@')[1], cookiecutter.author_email.partition('@')[2] %} {% if cookiecutter.author_email | length > 254 or not cookiecutter.author_email.isascii() or not local or not domain.replace('-', '').replace('.', '').isalnum() or not local.replace('.', '').replace('_', '').replace('+', '').replace('-', '').isalnum() or '..' in cookiecutter.author_email or domain[0] in '.-' or domain[-1] in '.-' or local[0] == '.' or local[-1] == '.' %} author_email must be an e-mail address {% endif %}{% endset %}
    {{ message | string | trim | tojson }},
]
for message in filter(None, messages):
    sys.exit(message)
