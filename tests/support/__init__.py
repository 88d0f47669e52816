"""What the suites stand on. Nothing here imports a suite."""
