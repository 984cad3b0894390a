"""Clients, and what a server's processes hold under them."""
