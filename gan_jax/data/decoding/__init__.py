"""Files to arrays: images, tables, a decoded set on disk, its order, and reading it as a stream."""
