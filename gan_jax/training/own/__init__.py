"""A folder of one's own pictures to a config that learns them here in minutes, every choice told."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from ml_collections import ConfigDict

from gan_jax import configs, errors
from gan_jax.configs.overrides import Override
from gan_jax.data import survey
from gan_jax.data.survey import words as telling
from gan_jax.devices import host_memory
from gan_jax.runs import files, waiting
from gan_jax.runs.folder import Run
from gan_jax.training.own import machine, pictures, regularization
from gan_jax.views import contact_sheet

# After those of the pictures alone: each may look at what those before it have chosen.
RULES = (
  machine.batch,
  machine.size,
  machine.networks,
  regularization.penalty,
  regularization.augmentation,
  machine.steps,
)


def config(
  path: str | os.PathLike, run: Run, words: Iterable[Override] = (), notice: Callable = print
) -> ConfigDict:
  """The locked config by which `run` is to learn the pictures in the folder `path`, with overrides applied.

  A run that has begun keeps its own, and one that starts from the networks of another has those of that. For
  a new one the folder is looked at, a contact sheet drawn, and a few steps are made to see what they take;
  `notice` is told what was found, what is chosen, and why. Raises UserError for a folder without pictures.
  """
  other = dict(words).get('train.init_from')
  before = Run(Path(other)) if other and not run.begun() else run
  if before.begun():
    notice(f'chosen as in {before.folder}, whatever would be chosen now')
    return configs.change(stored(path, before, notice), words, notice)
  host_memory.keep_freed()
  with waiting.waiting(f'looking at {path}'):
    found = survey.look(path)
  for line in telling.lines(found):
    notice(line)
  files.save_png(sheet(run), contact_sheet.draw(found.root, found.headers))
  notice(f'some of them: {sheet(run)}')
  notice('chosen, and to be changed by --config.SECTION.FIELD=VALUE:')
  chosen = machine.Chosen({'data.path': str(path)}, tuple(words))

  def take(choice):
    chosen.fields.update(choice.fields)
    asked = ', '.join(f'{name}={dict(chosen.asked)[name]}' for name in choice.fields if chosen.asks(name))
    why = f'{asked}; as asked' if asked and 'as asked' not in choice.why else choice.why
    notice(f'  {choice.about:<12} {why}')

  for rule in pictures.RULES:
    take(rule(found))
  for rule in RULES:
    take(rule(found, chosen))
  config = chosen.config(notice=notice)
  for doubt in machine.doubts(config):
    notice(doubt)
  notice(f'open {run.samples} while it learns, and {picture(run, config).name} in it at the end')
  return config


def sheet(run: Run) -> Path:
  """The contact sheet of a run's pictures."""
  return run.samples / 'data.png'


def picture(run: Run, config: ConfigDict) -> Path:
  """The one picture to open when the run has ended."""
  return run.samples / f'step_{config.train.num_steps:06d}.png'


def stored(path: str | os.PathLike, run: Run, notice: Callable) -> ConfigDict:
  """The config of a run that has begun, for the folder `path`; whether that is the same is seen later.

  Raises UserError if the run learns from no folder.
  """
  values, _ = run.stored()
  name = values['data']['name']
  if name != 'folder':
    raise errors.UserError(f'{run.folder} learns from data.name={name}: choose another --workdir')
  return configs.complete({**values, 'data': {**values['data'], 'path': str(path)}}, notice)
