"""The command line, which composes what the services offer."""
