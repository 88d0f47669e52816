"""Figures that close a run. A test gives one with `record_property(name, number)`; those of one name are added up."""

COMBINATIONS = "combinations of the options"
VARIANTS = "variants of files make them up, each looked into"
RENDERED = "combinations rendered by both engines"
RUN = "projects generated and run"
