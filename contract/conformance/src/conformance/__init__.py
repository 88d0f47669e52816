"""A black-box suite that checks over HTTP whether a user service keeps the contract."""
