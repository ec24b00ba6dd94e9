"""Adapters: one protocol each, built on the core and never on each other."""
