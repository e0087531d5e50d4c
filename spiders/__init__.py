"""Where posts come from: sources stated as facts, platforms that crawl them, importers that read files, and the one gate."""
