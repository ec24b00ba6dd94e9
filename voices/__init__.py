"""Whose voice it is and what it may say; knows nothing of the agent."""
