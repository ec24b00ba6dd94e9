"""What persons agreed to: statements, records, the rule that decides, and the ledger of it all."""
