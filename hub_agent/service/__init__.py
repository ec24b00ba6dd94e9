"""The agent as a service of the machine: one at a time, supervised, left in order."""
