"""Restarts of the broker, of Home Assistant and of the agent, in any order and at once."""
