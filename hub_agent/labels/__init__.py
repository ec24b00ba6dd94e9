"""What says that speech is synthetic: in files for machines, aloud for listeners."""
