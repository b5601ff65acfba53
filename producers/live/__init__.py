"""Live sources: collectors that write posts as they are made, and heartbeats that tell the truth."""
