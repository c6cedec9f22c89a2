"""What each --mode does with a run: functions of (flags, overrides, run) to the exit status.

Each takes the seconds of its own imports only.
"""

from pathlib import Path

from ml_collections import ConfigDict

from gan_jax import configs
from gan_jax.command_line.flags import Fields, Flags
from gan_jax.runs.folder import Run
from gan_jax.runs.waiting import waiting


def train(flags: Flags, fields: Fields, run: Run) -> int:
  """Trains; 130 if the user interrupted it."""
  with waiting('loading the libraries'):
    from gan_jax.training import loop

  _, finished = loop.train(config(flags, fields, run), run, profile=flags.profile)
  return 0 if finished else 130


def config(flags: Flags, fields: Fields, run: Run) -> ConfigDict:
  """What to train: the config that is named, or chosen for a folder, or that of the run itself."""
  if flags.config:
    return configs.load(flags.config, fields)
  if flags.data:
    from gan_jax.training import own

    return own.config(flags.data, run, fields)
  return configs.change(configs.complete(run.stored()[0]), fields)


def sample(flags: Flags, _: Fields, run: Run) -> int:
  """Writes images of a trained generator."""
  from gan_jax.inference import sample

  out = destination(flags, run.folder / 'generated')
  sample.write(run.folder, flags.num_samples, out, flags.seed, flags.copy)
  print(f'{flags.num_samples} sample{"s" if flags.num_samples > 1 else ""} in {out}')
  return 0


def translate(flags: Flags, _: Fields, run: Run) -> int:
  """Writes what a trained network makes of the images of a folder."""
  from gan_jax.inference import translate

  translator = translate.load(run.folder, flags.seed, flags.back, flags.copy)
  out = destination(flags, run.folder / 'translated')
  count = translate.write(translator, flags.input, out, flags.mask, flags.attributes)
  print(f'{count} image{"s" if count > 1 else ""} in {out}')
  return 0


def figures(flags: Flags, _: Fields, run: Run) -> int:
  """Draws the figures of a run from its last checkpoint."""
  from gan_jax.inference import figures

  print(f'figures in {figures.draw(run, flags.copy)}')
  return 0


def destination(flags: Flags, usual: Path) -> Path:
  """Where files go: --out, or a folder of the run, in which a copy that was asked for has one of its own."""
  return Path(flags.out or (usual / f'copy_{flags.copy}' if flags.copy else usual))


MODES = {'train': train, 'sample': sample, 'translate': translate, 'figures': figures}
