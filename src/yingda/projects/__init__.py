"""What each project has set for all its answers."""
