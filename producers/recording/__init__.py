"""Recording: the topic ``posts`` into an archive that, played again, leads to the same incidents."""
