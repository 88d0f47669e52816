"""The tests of the tree: suites, which nothing imports, and what they stand on in support/."""
