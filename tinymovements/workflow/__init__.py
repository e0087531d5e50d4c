"""The steps that command line, scheduler and web call: one file per step, named after it."""
