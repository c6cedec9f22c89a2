"""What each --mode does with a run: functions of (flags, overrides, run) to the exit status.

Each takes the seconds of its own imports only.
"""

import re
import sys
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

from gan_jax import configs, errors
from gan_jax.command_line.flags import Fields, Flags
from gan_jax.runs.folder import Run
from gan_jax.runs.waiting import waiting

SAMPLES = 64  # that --mode=sample makes
ASKED = ('label', 'labels', 'caption', 'box')  # the flags by which samples are asked for
BOLD = '\033[1m*\\1\033[0m'  # what a terminal shows of the best score


def train(flags: Flags, fields: Fields, run: Run) -> int:
  """Trains; 130 or 143 if a signal stopped it."""
  with waiting('loading the libraries'):
    from gan_jax.training import interrupt, loop

  _, finished = loop.train(config(flags, fields, run), run, profile=flags.profile)
  return 0 if finished else interrupt.status()


def config(flags: Flags, fields: Fields, run: Run) -> ConfigDict:
  """What to train: the config that is named, or chosen for a folder, or that of the run itself."""
  if flags.config:
    return configs.load(flags.config, fields)
  if flags.data:
    from gan_jax.training import own

    return own.config(flags.data, run, fields)
  return configs.change(configs.complete(run.stored()[0]), fields)


def sample(flags: Flags, _: Fields, run: Run) -> int:
  """Writes images of a trained generator, or walks in its latents."""
  from gan_jax.inference import sample, walk

  out = destination(flags, run.folder / 'generated')
  which = flags.seed or 0, flags.copy, flags.at, asked(flags), flags.keep, flags.reject
  which += flags.ema or '', flags.psi
  if flags.walk is not None:
    written = walk.write(run.folder, flags.walk, out, flags.seconds, flags.fps, flags.num_samples, *which)
    print(f'a walk in {" and ".join(map(str, written))}')
    return 0
  count = SAMPLES if flags.num_samples is None else flags.num_samples
  sample.write(run.folder, count, out, *which)
  print(f'{count} sample{"s" if count > 1 else ""} in {out}')
  return 0


def asked(flags: Flags) -> dict[str, Any]:
  """What the samples are to be of."""
  given = {name: value for name in ASKED if (value := getattr(flags, name)) is not None}
  return given | (flags.condition or {})


def project(flags: Flags, _: Fields, run: Run) -> int:
  """Writes of what latents a trained generator makes the images of a folder."""
  from gan_jax.inference import project

  which = flags.seed or 0, flags.copy, flags.at, asked(flags)
  found = project.load(run.folder, flags.steps, flags.starts, *which)
  out = destination(flags, run.folder / 'projected')
  count = project.write(*found, flags.input, out)
  print(f'{count} image{"s" if count > 1 else ""} in {out}')
  return 0


def translate(flags: Flags, _: Fields, run: Run) -> int:
  """Writes what a trained network makes of the images of a folder."""
  from gan_jax.inference import translate

  translator = translate.load(run.folder, flags.seed or 0, flags.back, flags.copy, flags.at)
  out = destination(flags, run.folder / 'translated')
  count = translate.write(translator, flags.input, out, flags.mask, flags.attributes)
  print(f'{count} image{"s" if count > 1 else ""} in {out}')
  return 0


def figures(flags: Flags, _: Fields, run: Run) -> int:
  """Draws the figures of a run from one of its checkpoints."""
  from gan_jax.inference import figures

  print(f'figures in {figures.draw(run, flags.copy, at=flags.at)}')
  return 0


def evaluate(flags: Flags, _: Fields, run: Run | None) -> int:
  """Scores a run, or images that anybody has made."""
  with waiting('loading the libraries'):
    from gan_jax.inference import evaluate

  given = {name: getattr(flags, name) for name in ('measures', 'network', 'weights', 'seed')}
  fields = {name: str(value) for name, value in given.items() if value is not None}
  out = Path(flags.out).expanduser() if flags.out else None
  if flags.generated:
    evaluate.of_sets(flags.generated, flags.reference, fields, flags.num_samples or 0, out)
    return 0
  if flags.num_samples is not None:
    fields['num_images'] = str(flags.num_samples)
  if flags.reference:
    fields['reference'] = flags.reference
  print(f'written: {evaluate.of_run(run, fields, flags.at, out, ema=flags.ema or "")}')
  return 0


def verify(flags: Flags, _: Fields, run: Run) -> int:
  """Checks what a run has saved, and makes its first steps again; 1 if anything is not what it was."""
  with waiting('loading the libraries'):
    from gan_jax.inference import verify

  return 0 if verify.verify(run, flags.steps) else 1


def compare(flags: Flags, _: Fields, run: Run | None) -> int:
  """Prints a table of the scores of runs."""
  from gan_jax.evaluation import compare

  if not flags.runs:
    raise errors.UserError('which runs? --mode=compare runs/A runs/B')
  text = '\n'.join(map(errors.printable, compare.table(flags.runs).split('\n')))
  print(re.sub(r'\*(\S+( \+- \S+)?)', BOLD, text) if sys.stdout.isatty() else text)
  return 0


def sweep(flags: Flags, fields: Fields, _: Run | None) -> int:
  """Makes the trials of a sweep, and tells what came out; 130 or 143 if a signal stopped it."""
  with waiting('loading the libraries'):
    from gan_jax.training import interrupt
    from gan_jax.training.sweep import crews, slurm, whole

  folder = Path(flags.workdir) if flags.workdir else None
  asked = whole.ask(flags.config, fields, flags.sweep, folder)
  if flags.task is not None:
    return slurm.task(asked, flags.task, options=flags.slurm, words=sys.argv)
  if flags.slurm is not None:
    slurm.submit(asked, flags.slurm, sys.argv, only_print=flags.print)
    return 0
  if flags.print:
    print('\n'.join(f'{trial.name}   {asked.folder.state(trial).kind}' for trial in asked.trials))
    return 0
  crew = crews.choose(flags.cpus, flags.gpus, flags.ray)
  return 0 if whole.make(asked, crew=crew) else interrupt.status()


def destination(flags: Flags, usual: Path) -> Path:
  """Where files go: --out, or a folder of the run, in which a copy or step that is asked for has its own."""
  parts = [
    f'{name}_{asked}' for name, asked in (('copy', flags.copy), ('at', flags.at), ('ema', flags.ema)) if asked
  ]
  return Path(flags.out or usual.joinpath(*parts))


MODES = {
  'train': train,
  'sample': sample,
  'translate': translate,
  'project': project,
  'figures': figures,
  'evaluate': evaluate,
  'compare': compare,
  'verify': verify,
  'sweep': sweep,
}
