"""Scores of a trained run, or of images that anybody has made, beside real ones."""

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from gan_jax import configs, data, errors
from gan_jax.evaluation import evaluate, networks, sources, tables
from gan_jax.evaluation.real import RealImages
from gan_jax.evaluation.scores import Scores
from gan_jax.evaluation.scoring import Scorer
from gan_jax.runs.files import write_whole
from gan_jax.runs.folder import Run, named
from gan_jax.runs.waiting import waiting
from gan_jax.training import finish, setup

COUNT = 10_000  # images that are scored of a run whose config does not say how many
USUAL = 'fid,kid,precision_recall'  # measures of other people's images


def of_run(
  run: Run,
  fields: Mapping[str, str] | None = None,
  at: int | str | None = None,
  out: Path | None = None,
  notice: Callable = print,
  ema: str = '',
) -> Path:
  """The file with the scores of a run's last state, or of that `at` a step, or of the 'best'.

  `ema` is another average than the usual one, as in posthoc.choose; `fields` are values of config.evaluate
  in the place of the run's own, as text. Without any of these the file is the run's evaluation.json.
  `notice` is told the scores. Raises UserError.
  """
  stored, spec = run.stored()
  config = configs.complete(stored)
  fields = fields or {}
  wanted = {'num_images': str(config.evaluate.num_images or COUNT), **fields}
  config = configs.change(config, [(f'evaluate.{name}', text) for name, text in wanted.items()])
  experiment = setup.make(config, spec)
  state = setup.restore(experiment, run, at, ema, notice)
  told = []
  scores = finish.scored(experiment, state, data.make(config), told.append)
  if not any(one.numbers for one in scores.values()):
    raise errors.UserError('; '.join(told))
  named = {**fields, **({'ema': ema} if ema else {})}
  file = out or run.folder / name_of(named, at, int(state.step))
  groups = evaluate.write(file, scores, experiment.settings, finish.measured(experiment, state))
  (first, *_) = scores.values()
  for line in (*told, tables.of_scores(first) if experiment.copies == 1 else tables.text(groups)):
    notice(line)
  return file


def name_of(fields: Mapping[str, str], at: int | str | None, step: int) -> str:
  """'evaluation.json' of what a run is scored by itself; of anything else a name that tells what."""
  parts = [f'step_{step:06d}'] if at is not None else []
  parts += [f'{name}={Path(text).stem if name == "weights" else text}' for name, text in fields.items()]
  return named(['_'.join(['evaluation', *parts])]) + '.json'


def of_sets(
  generated: str,
  reference: str,
  fields: Mapping[str, str],
  most: int = 0,
  out: Path | None = None,
  notice: Callable = print,
) -> Scores:
  """The Scores of images that anybody has made beside real ones: see sources.read for where they may be.

  `fields` are values of config.evaluate, as text; `most` images are scored, drawn at random, or all. They are
  written to `out`, if it is given, and `notice` is told them. Raises UserError.
  """
  usual = {'network': 'inception' if fields.get('weights') else 'random', 'measures': USUAL}
  fields = [(f'evaluate.{name}', text) for name, text in {**usual, **fields}.items()]
  options = configs.change(configs.get('common', {}, notice=notice), fields).evaluate
  with tempfile.TemporaryDirectory() as scratch:
    with waiting('reading the images'):
      fake = sources.read(generated, '--generated', scratch)
      real = sources.read(reference, '--reference', data_dir(), fake.image_shape)
    images = RealImages(fake, most or fake.size)
    with waiting('scoring'):
      network = networks.make(options.network, options, real, real)
      held = RealImages(real, options.max_reference)
      names = tuple(options.measures)
      scorer = Scorer(network, held, names, cache=options.cache, data=reference, split='all')
      scores = scorer.of_set(images)
  notice(f'{images.count:,} images beside {held.count:,} real ones, as the network {network.name} sees them')
  notice(tables.of_scores(scores))
  if out:
    record = {
      'generated': generated,
      **scores.numbers,
      'intervals_95': scores.intervals,
      'protocol': scores.protocol,
    }
    write_whole(out, json.dumps(record, indent=2))
  return scores


def data_dir() -> str:
  """Where decoded images are kept."""
  return configs.get('common', {}, notice=lambda _: None).data.data_dir
