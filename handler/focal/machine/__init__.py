"""The machine: its cores and which of them are idle, and the threads and memory of a process on it."""
