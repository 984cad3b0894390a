"""Load tests: clients, their requests, and the memory of the server."""
