"""The folder of a run: its config and environment, checkpoints, logs, files that are written whole."""
