"""What measurements and the soak run need around the agent: broker, process, bus, receiver."""
