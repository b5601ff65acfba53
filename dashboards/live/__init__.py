"""The live page: what the workers found, in a browser, for a machine without Grafana. It reads Redis only.

:mod:`poller` looks at Redis for all browsers at once; the pure modules make a view of what it found; :mod:`render`
spells the view as HTML and charts; :mod:`page` hands these to each browser.
"""
