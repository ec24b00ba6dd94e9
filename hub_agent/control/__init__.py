"""The private socket between a running agent and its own command line."""
