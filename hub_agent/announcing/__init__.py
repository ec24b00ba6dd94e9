"""An announcement on its way: taken in, queued, spoken in its rooms, answered for."""
