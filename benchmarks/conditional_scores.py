"""What benchmarks.conditional asks of runs besides their own scores."""

import json

from gan_jax.evaluation.evaluate import numbers
from gan_jax.inference import evaluate

SAMPLES = 60_000  # as a data set


def as_data(run):
  """What classifiers learn from SAMPLES images of the run: of measures.teaching."""
  fields = {'measures': 'accuracy_score,augmentation_score', 'num_images': str(SAMPLES)}
  return _scored(run, fields)


def held_out_words(run):
  """The scores of captions in phrasings, and of looks in combinations, that no training face has had."""
  found = {}
  for split in ('phrasings', 'combinations'):
    scores = _scored(run, {'reference': split})
    found |= {f'{name}_{split}': number for name, number in scores.items()}
  return found


def curve(run):
  """The first and the best FID and class accuracy of those that were taken while it learned."""
  of = lambda name: [row[name] for row in run.scores() if name in row]
  fids, accuracies = of('fid'), of('class_accuracy')
  return {
    'fid_first': fids[0],
    'fid_best': min(fids),
    'accuracy_first': accuracies[0],
    'accuracy_best': max(accuracies),
  }


def _scored(run, fields):
  """{name: number} of a run by these fields of config.evaluate."""
  return numbers(json.loads(evaluate.of_run(run, fields).read_text()))['']
