"""A tour on invented posts: a site on this machine that is really crawled, files that are really imported."""
