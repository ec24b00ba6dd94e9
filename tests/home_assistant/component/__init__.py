"""The custom integration inside Home Assistant's own test harness.

`python -m tests.home_assistant.component_tests` makes what is needed and runs the tests there.
"""
