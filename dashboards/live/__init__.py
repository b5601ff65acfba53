"""The live page: what the workers found, in a browser, for a machine without Grafana. It reads Redis only.

:mod:`lookout` looks at Redis for all browsers at once; the pure modules make a view of what it found; :mod:`render`
spells the view as HTML and :mod:`charts` as drawings; :mod:`desk` tells each browser what has changed; :mod:`server`
serves it, to those whom :mod:`gate` lets in.
"""
