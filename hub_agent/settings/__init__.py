"""Settings: models, loading from YAML, environment and flags, the reference table."""
