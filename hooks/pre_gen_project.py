"""Refuse bad answers before anything is written.

Copier checks the same rules itself: `make sync` puts the validators of copier.yml in the place marked below.
"""

import sys

messages = [
    # CHECKS
]
for message in filter(None, messages):
    sys.exit(message)
