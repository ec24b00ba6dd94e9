"""The encrypted store under family voices."""
