"""The HTTP side: translates between requests, the service and answers, and decides nothing."""
