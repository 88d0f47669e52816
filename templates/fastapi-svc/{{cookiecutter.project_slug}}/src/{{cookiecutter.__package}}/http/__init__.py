"""The HTTP API: translates between requests and the service, and decides nothing."""
