"""Detection: what was expected, and how unlikely it is that what came is mere chance."""
