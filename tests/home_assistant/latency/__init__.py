"""How soon speech comes out of Home Assistant, beside the agent alone and beside wyoming-piper."""
