"""Measures the strength of the conformance suite: does it notice a small fault in a service (`make mutants`)?"""
