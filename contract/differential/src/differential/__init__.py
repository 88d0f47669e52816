"""Sends one seeded stream of requests to several services and shows where their answers differ."""
