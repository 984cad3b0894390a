"""What the commands in scripts/ share. Nothing in focal/ imports from here."""
