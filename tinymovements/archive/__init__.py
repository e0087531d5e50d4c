"""Scrubbed posts, kept once, in one relational database. The truth: all else can be made again from it."""
