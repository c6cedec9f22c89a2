"""Training: the state, a step, the loop, what comes before it (setup) and after it (finish)."""
