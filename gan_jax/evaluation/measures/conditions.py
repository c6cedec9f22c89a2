"""Do images show what was asked for: the class, each attribute, each real value, as a judge reads them?"""

import numpy as np

from gan_jax import errors
from gan_jax.evaluation import intervals
from gan_jax.evaluation.metrics import frechet
from gan_jax.evaluation.metrics.correlation import correlations
from gan_jax.evaluation.sample import Sample

MOST = 20  # classes that are told one by one
GROUPS = 20  # parts that are left out, one by one, for an interval
LARGE = 512  # features of which that takes minutes


def class_accuracy(generated: Sample, real: Sample, sure: bool) -> dict:
  """'class_accuracy': the share of images whose most probable class is the one that was asked for.

  Of attributes 'attribute_accuracy', the mean over them, 'attribute_accuracy_NAME' of each, and
  'attribute_chance': what the mean would be if what is read, each as often as it is, had nothing to do with
  what is asked. Raises UserError for images that were asked for neither.
  """
  found = {}
  if (label := _asked(generated, 'label')) is not None:
    known = label >= 0
    hits = generated.readings['label'].argmax(-1)[known] == label[known]
    found['class_accuracy'] = float(hits.mean()), intervals.of_mean(hits)
  if (flags := _asked(generated, 'attributes')) is not None:
    hits = (generated.readings['attributes'] > 0.5) == (flags > 0.5)
    found['attribute_accuracy'] = float(hits.mean()), intervals.of_mean(hits.mean(1))
    read, asked = (generated.readings['attributes'] > 0.5).mean(0), (flags > 0.5).mean(0)
    found['attribute_chance'] = float((read * asked + (1 - read) * (1 - asked)).mean()), None
    for name, column in zip(_names(generated, 'attributes', hits.shape[1]), hits.T, strict=True):
      found[f'attribute_accuracy_{name}'] = float(column.mean()), intervals.of_mean(column)
  return found or _refuse('class_accuracy', 'labels or attributes')


def value_correlation(generated: Sample, real: Sample, sure: bool) -> dict:
  """'value_correlation': Pearson's, of what was asked and what is read: the mean over values, and each."""
  asked = _asked(generated, 'values')
  if asked is None:
    return _refuse('value_correlation', 'real values')
  read = generated.readings['values']
  found = correlations(asked, read)
  again = []
  if sure:
    again = [correlations(asked, read, weights) for weights in intervals.shares(len(asked))]
  around = lambda value, of: intervals.around(value, [of(some) for some in again]) if sure else None
  scores = {'value_correlation': (float(found.mean()), around(float(found.mean()), np.mean))}
  for k, name in enumerate(_names(generated, 'values', asked.shape[1])):
    scores[f'value_correlation_{name}'] = (
      float(found[k]), around(float(found[k]), lambda some, k=k: some[k])
    )  # fmt: skip
  return scores


def class_fid(generated: Sample, real: Sample, sure: bool) -> dict:
  """'class_fid': the mean over the classes of the Frechet distance of each; 'class_fid_NAME' of up to MOST.

  As in Miyato and Koyama 2018, sec. 4.1, https://arxiv.org/abs/1802.05637. Of classes with two images or more
  in both sets; few have a distance that is biased upwards, to be held against its floor.
  """
  asked, there = generated.conditions.get('label'), real.conditions.get('label')
  if asked is None or there is None:
    return _refuse('class_fid', 'labels')
  asked, there = np.asarray(asked), np.asarray(there)
  both = [k for k in np.unique(there[there >= 0]) if min((asked == k).sum(), (there == k).sum()) > 1]
  if not both:
    raise errors.UserError('class_fid needs two images or more of some class, generated and real ones')
  moments = [frechet.moments(real.features[there == k]) for k in both]
  parts = [frechet.moments(generated.features[asked == k]) for k in both]
  distances = [frechet.distance(*pair) for pair in zip(parts, moments, strict=True)]
  interval = None
  if sure and generated.features.shape[1] <= LARGE:
    to_real = [frechet.to(those) for those in moments]
    part_of = np.arange(generated.count) % GROUPS
    without = [_mean_without(generated, asked, both, to_real, part_of == part) for part in range(GROUPS)]
    interval = intervals.jackknife(float(np.mean(distances)), without)
  found = {'class_fid': (float(np.mean(distances)), interval)}
  names = _names(generated, 'label', int(there.max()) + 1)
  if len(both) <= MOST:
    found |= {f'class_fid_{names[k]}': (value, None) for k, value in zip(both, distances, strict=True)}
  return found


def _mean_without(sample, labels, classes, to_real, left_out):
  """The mean distance over the classes that have two images or more besides those left out."""
  kept = [sample.features[(labels == k) & ~left_out] for k in classes]
  pairs = zip(kept, to_real, strict=True)
  return float(np.mean([distance(frechet.moments(some)) for some, distance in pairs if len(some) > 1]))


def _asked(sample, kind):
  """What was asked of a kind, if the judge reads it."""
  return (
    np.asarray(sample.conditions[kind]) if kind in sample.conditions and kind in sample.readings else None
  )


def _names(sample, kind, count):
  """Of classes, attributes or values: their numbers where they have no names."""
  found = sample.names.get(kind, ())
  return [name.replace(' ', '_') for name in found] if len(found) == count else [str(k) for k in range(count)]


def _refuse(measure, what):
  raise errors.UserError(
    f'the measure {measure} needs a run that is asked for {what} which its data have: leave it out of'
    ' evaluate.measures'
  )
