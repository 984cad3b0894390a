"""The command line: python3 -m focal_client."""

from .client import command

command()
