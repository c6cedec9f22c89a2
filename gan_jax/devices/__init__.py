"""All that knows about devices: the mesh, compilation, memory, profiling, processes that meet."""
