"""Where users and profiles are kept."""
