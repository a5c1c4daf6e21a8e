"""Pages on this machine: a server that only this machine reaches, and what it shows."""
