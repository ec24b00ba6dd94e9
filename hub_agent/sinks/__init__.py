"""Where samples go: loudspeakers, files, pipes."""
