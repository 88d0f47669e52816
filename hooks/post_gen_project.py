"""Tidy up."""
