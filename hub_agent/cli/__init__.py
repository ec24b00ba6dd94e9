"""The `hub-agent` command."""
