"""Sweeps: from one config to a table that answers a question; docs/sweeps.md.

question.py is what a config file asks (reading.py), plan.py the trials that this means, folder.py what there
is of them already. runner.py makes the rest, by a crew: its own process, or workers.py or cluster.py, which
orders.py tells what to do; slurm.py does without. results.py tells what came out.
"""
