"""How good a generator is: an independent judge, and the scores of a run; metrics/ has the measures."""
