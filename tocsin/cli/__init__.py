"""The command line, which composes what the services offer."""

import os

# No matrix worth the name is multiplied here, yet numpy's library for that keeps threads spinning: 5% of a worker.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
