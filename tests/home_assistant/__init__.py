"""A real Home Assistant: how it is made, started and spoken to, and how the agent looks from it.

`python -m tests.home_assistant.runtimes` makes the programs, `make test-ha` makes them and tests.
"""
