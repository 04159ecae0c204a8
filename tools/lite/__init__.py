"""The book in the browser: Python itself, the notebooks and the package, below the site (``make lite``)."""
