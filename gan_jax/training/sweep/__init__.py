"""Sweeps: from one config to a table that answers a question; docs/sweeps.md.

question.py is what a config file asks, plan.py the trials that this means, folder.py what is there of them
already, runner.py makes the rest, and results.py tells what came out.
"""
