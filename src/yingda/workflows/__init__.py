"""FastGPT workflow exports: read, reported on, and run in process (callflow D)."""
