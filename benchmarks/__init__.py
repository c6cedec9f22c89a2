"""This code beside PyTorch, the same experiment on the same machine: `python -m benchmarks.NAME`."""
