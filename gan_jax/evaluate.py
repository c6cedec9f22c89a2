"""How good a generator is: its images before an independent judge, and what that was measured on."""

import json

from gan_jax import data, names, runs, sample, step
from gan_jax.metrics import judge

WORDS = {
  'judge_accuracy': 'the judge is right on {:.1%} of unseen real images',
  'classes_covered': 'it sees {} of {num_classes} classes among the {num_images:,} generated ones',
  'fid': 'Frechet distance {:.1f} (real images: {fid_floor:.1f})',
  'inception_score': 'Inception score {:.2f} (real: {inception_score_real:.2f})',
}


def evaluate(made, run, state, dataset):
  """The scores of `config.evaluate.num_images` samples, also in evaluation.json; {} if none are asked for.

  A set without labels, or without a test split, cannot be judged: {'why_not': ...}.
  """
  count = made.config.evaluate.num_images
  if not count:
    return {}
  try:
    referee = judge.train(dataset, data.make(made.config, split='test'), seed=0)
  except names.UserError as error:
    return {'why_not': str(error)}
  sampler = sample.Sampler(made, step.averaged(state))
  scores = judge.score(referee, sampler(sampler.latents(count, seed=3)))
  source = {'step': int(state.step), 'data': made.config.data.name, 'environment': runs.environment()}
  runs.write_whole(run.folder / 'evaluation.json', json.dumps({**scores, 'measured': source}, indent=2))
  return scores


def sentence(scores):
  """The scores in words, one line."""
  if 'why_not' in scores:
    return f'not judged: {scores["why_not"]}'
  return '; '.join(words.format(scores[name], **scores) for name, words in WORDS.items())
