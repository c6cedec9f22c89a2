"""What benchmarks.failures reads from a run: its metrics at the end, its scores, its samples."""

import functools

import numpy as np

from gan_jax import data
from gan_jax.data import toy
from gan_jax.evaluation import evaluate, scoring
from gan_jax.training import setup

SCORED, SHOWN = 2_000, 32  # images
END = 0.75  # part of the steps from which on metrics are averaged
SEED = 3  # of samples


def at_the_end(rows):
  """{name: mean over the last quarter of the steps} of what is logged of G and D, and D's logits' 'gap'."""
  late = [row for row in rows if row['step'] >= END * rows[-1]['step']]
  means = {name: float(np.mean([row[name] for row in late])) for name in late[-1] if name[:2] in ('d/', 'g/')}
  return {**means, 'gap': means['d/real_logit'] - means['d/fake_logit']}


def score(run):
  """{name: number} of a run's samples: points have those of evaluation.json, digits those of one judge."""
  if run.evaluation.exists():
    return evaluate.read(run.folder)[0]
  experiment, state = setup.load(run.folder)
  images = generate(experiment, state, SCORED)
  return {
    **referee()[0](images).numbers,
    'spread': spread(images),
    'd/unseen_logit': of_unseen(experiment, state),
  }


def spread(images):
  """The mean over pixels of their standard deviation over images."""
  return float(np.std(np.asarray(images), axis=0).mean())


def samples(run):
  """What a picture shows of a run: images [SHOWN, H, W, C], or (real, fake) points in the data's units."""
  experiment, state = setup.load(run.folder)
  config = experiment.config
  if config.data.name != 'toy':
    return generate(experiment, state, SHOWN)
  real = data.make(config).examples(np.arange(config.sample.num))['image']
  both = real, generate(experiment, state, config.sample.num)
  return tuple(np.asarray(toy.in_data_units(config.data, some)) for some in both)


def generate(experiment, state, count):
  """`count` samples of a state, of the same latents each time."""
  sampler = experiment.sampler(state)
  return sampler.generate(sampler.draw(count, SEED))


@functools.cache
def referee():
  """(Scorer, test images [N, H, W, C]) of the digits."""
  train_set, test_set = (data.load('digits', size=(16, 16), split=split) for split in ('train', 'test'))
  return scoring.by_labels(train_set, test_set), test_set.examples(np.arange(test_set.size))['image']


def of_unseen(experiment, state):
  """D's mean logit of the digits of the test split."""
  return float(experiment.gan.discriminate(state.variables, {}, referee()[1])['logits'].mean())


def unseen(run):
  """Rows {'step', 'd/unseen_logit'} of the checkpoints of a run of digits."""
  steps = sorted(int(path.name) for path in run.checkpoints.glob('*') if path.name.isdigit())
  return [{'step': step, 'd/unseen_logit': of_unseen(*setup.load(run.folder, step))} for step in steps]
