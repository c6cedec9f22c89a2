"""GANs from the command line: its flags, and which of them each mode uses.

gan-jax                                                     list the experiments
gan-jax --config=dcgan_digits                               train, or continue training
gan-jax --config=dcgan_digits --config.train.batch_size=32   with another value of any field
gan-jax --config=dcgan_digits --config.train=               show a section's fields, ranges and meanings
gan-jax --data=DIR                                          train on a folder of images
gan-jax --workdir=runs/dcgan_digits                         continue the training of a run
gan-jax --workdir=runs/dcgan_digits --mode=sample --num_samples=1000   write images
gan-jax --workdir=runs/cgan_mnist --mode=sample --label=3,5   of these classes
gan-jax --workdir=runs/gawwn_avatars --mode=sample --caption="a sad face" --box=0.2,0.3,0.5,0.6   of words
gan-jax --workdir=runs/dcgan_digits --mode=sample --walk=6  write walks from latent to latent, moving
gan-jax --workdir=runs/dcgan_digits --mode=project --input=DIR   find the latents of images
gan-jax --workdir=runs/dcgan_digits --mode=figures          draw the figures again
gan-jax --workdir=runs/pix2pix --mode=translate --input=DIR  make an image of each image of a folder
gan-jax --workdir=runs/dcgan_digits --mode=evaluate         score a run
gan-jax --mode=evaluate --generated=DIR --reference=DIR     score images that anybody has made
gan-jax --mode=compare RUN RUN                              a table of the scores of runs
gan-jax --workdir=runs/dcgan_digits --mode=verify           check its checkpoints, repeat its first steps
gan-jax --mode=sweep --config=dcgan_digits --sweep=FILE     try settings, and tell which is best
"""

import argparse
import json
import shutil
from collections.abc import Sequence
from typing import Any, NoReturn

from gan_jax import errors
from gan_jax.configs import describe, overrides

Flags = argparse.Namespace
Fields = list[overrides.Override]
ALWAYS = ('--config', '--workdir', '--mode')
OF_RUNS = ('workdir', 'config', 'at', 'ema')  # flags that mean nothing for images that anybody has made
SETS, SCORES = ('--generated', '--reference'), ('--measures', '--network', '--weights')
ASKED = ('--label', '--labels', '--condition', '--caption', '--box')
KEPT, WALKED = ('--keep', '--reject'), ('--walk', '--seconds', '--fps')
USES = {  # {mode: the flags that it uses besides ALWAYS}
  'train': ('--data', '--profile'),
  'sample': ('--out', '--seed', '--copy', '--at', '--ema', '--psi', '--num_samples', *ASKED, *KEPT, *WALKED),
  'translate': ('--out', '--seed', '--copy', '--at', '--input', '--back', '--mask', '--attributes'),
  'project': ('--out', '--seed', '--copy', '--at', '--input', '--steps', '--starts', *ASKED),
  'figures': ('--copy', '--at'),
  'evaluate': ('--out', '--seed', '--at', '--ema', '--num_samples', *SETS, *SCORES),
  'compare': (),
  'verify': ('--steps',),
  'sweep': ('--sweep', '--print', '--slurm', '--task', '--ray', '--cpus', '--gpus'),
}


def parse(words: Sequence[str]) -> tuple[Flags, Fields]:
  """(flags, overrides): the options below, and the --config.FIELD=VALUE ones. Raises UserError."""
  parser = Parser(
    description=__doc__,
    epilog=f'experiments:\n\n{describe.experiments(width())}',
    formatter_class=argparse.RawDescriptionHelpFormatter,
    allow_abbrev=False,
  )
  parser.add_argument('--config', help='an experiment or a file; ":test" after it for a run of seconds')
  parser.add_argument('--data', help='a folder of images to train on, with settings chosen for them')
  parser.add_argument('--workdir', help='the folder of the run; by default runs/<config name and overrides>')
  parser.add_argument('--mode', default='train', choices=USES)
  parser.add_argument('--profile', type=int, default=0, help='steps to trace, into the folder of the run')
  parser.add_argument('--out', help='where to: a folder, or a file, of samples .npz, of walks .gif or .mp4')
  parser.add_argument('--seed', type=seed, help='of what is drawn: latents, masks, dropout; by default 0')
  parser.add_argument('--copy', help='which of a population: its number, from 0, or its name')
  parser.add_argument('--at', help='a step that has a checkpoint, or best; by default the last')
  parser.add_argument('--ema', help='another average of G, 0.07 say, of a run with train.ema_stds')
  parser.add_argument('--num_samples', type=int, help='images to make, by default 64, or to score')

  asked = parser.add_argument_group('--mode=sample')
  asked.add_argument('--label', type=listed, help='of what classes, in turn, by number or name: 3,5')
  asked.add_argument('--labels', help='balanced: as many of each class')
  asked.add_argument('--condition', type=json_object, help='attributes and values: {"smile": 0.7, "age": 30}')
  asked.add_argument('--keep', type=float, default=1.0, help='the share of samples, the surest, to keep')
  asked.add_argument('--reject', default='', help='by whom the others are rejected: judge or discriminator')
  asked.add_argument('--caption', help='what the images are to show: "a face with red hair and glasses"')
  asked.add_argument('--box', type=numbers, help='where: top,left,bottom,right in [0, 1] of the image')

  asked.add_argument('--psi', type=float, default=1.0, help='truncation: 0.7, say, is nearer to the mean')
  asked.add_argument('--walk', type=int, help='moving pictures, each a round through so many latents')
  asked.add_argument('--seconds', type=float, help='of a round, by default 2 from one latent to the next')
  asked.add_argument('--fps', type=float, help='frames a second, by default 20')

  found = parser.add_argument_group('--mode=project')
  found.add_argument(
    '--steps', type=int, help='of descent for an image, by default 500; of --mode=verify 100'
  )
  found.add_argument('--starts', type=int, help='of which the best is kept, by default 4')

  given = parser.add_argument_group('--mode=translate')
  given.add_argument('--input', default='', help='a folder of images, or one image')
  given.add_argument('--back', action='store_true', help='from the second domain to the first')
  given.add_argument('--mask', default='', help='what is missing, light: an image, or a folder of them')
  given.add_argument('--attributes', type=listed, help='that the images are to have: hat,glasses')

  scored = parser.add_argument_group('--mode=evaluate')
  scored.add_argument('--generated', default='', help='images that anybody has made: a folder, or FILE.npz')
  scored.add_argument(
    '--reference', default='', help='a folder, FILE.npz, tfds:NAME/SPLIT; of a run: a split'
  )
  scored.add_argument('--measures', help='fid,kid,...: see docs/scores.md')
  scored.add_argument('--network', help='whose features are compared: classifier, inception or random')
  scored.add_argument('--weights', help='a file with the published weights of the inception network')
  swept = parser.add_argument_group('--mode=sweep')
  swept.add_argument('--sweep', default='', help='a file with get_sweep(sweep), if the config has none')
  swept.add_argument('--print', action='store_true', help='show the trials, or with --slurm its script')
  swept.add_argument('--slurm', help='submit a job array, with these options of sbatch: "--time=4:00:00"')
  swept.add_argument('--ray', help='the cluster that makes the trials: auto, or its address HOST:PORT')
  swept.add_argument('--cpus', type=int, help='cores of a program, of which then several run at once')
  swept.add_argument('--gpus', type=float, help='GPUs of a program, 0.5 say: two on each at once')
  swept.add_argument('--task', help='what a task of the array does: the name of its trial, or results')
  parser.add_argument_group('--mode=compare').add_argument('runs', nargs='*', help='folders of runs')
  fields, rest = overrides.split(words)
  flags = parser.parse_args(rest)
  refuse_unused(flags.mode, [word.partition('=')[0] for word in rest if word.startswith('--')], fields)
  if flags.config and flags.data:
    raise errors.UserError('--data chooses the config: leave --config out, or set --config.data.path instead')
  if flags.runs and flags.mode != 'compare':
    raise errors.UserError(f'{flags.runs[0]} has no flag before it, such as --config= or --workdir=')
  if flags.walk is None and (flags.seconds is not None or flags.fps is not None):
    raise errors.UserError('--seconds and --fps are of a walk: set --walk=4, say')
  if flags.slurm is not None and (flags.ray or flags.cpus or flags.gpus):
    raise errors.UserError('--slurm has its own: --slurm="--cpus-per-task=2 --gres=gpu:1", say')
  if flags.generated and not flags.reference:
    raise errors.UserError('--generated needs --reference: what was made, beside real images')
  if flags.generated and (unused := [flag for flag in OF_RUNS if getattr(flags, flag)]):
    raise errors.UserError(f'--{unused[0]} is of a run, --generated of images of anybody: leave one out')
  if flags.num_samples is not None and flags.num_samples < 1:
    raise errors.UserError(f'--num_samples={flags.num_samples}: must be at least 1')
  return flags, fields


class Parser(argparse.ArgumentParser):
  """Mistakes are told in one line, as all others."""

  def error(self, message: str) -> NoReturn:
    raise errors.UserError(f'{message}; --help shows all flags')


def refuse_unused(mode: str, given: Sequence[str], fields: Fields) -> None:
  """Raises UserError for a flag that has no use in this mode."""
  for flag in given:
    if flag not in (*ALWAYS, *USES[mode]):
      users = [other for other, uses in USES.items() if flag in uses]
      raise errors.UserError(f'{flag} is of --mode={" and ".join(users)}: --mode={mode} does not use it')
  if mode == 'sweep' and '--config' not in given:
    raise errors.UserError('a sweep of what? --mode=sweep --config=NAME')
  if fields and mode != 'train' and '--config' not in given:
    raise errors.UserError(
      f'--config.{fields[0][0]} is of --mode=train: --mode={mode} takes what the run has'
    )


def width() -> int:
  """Of the terminal, in characters."""
  return shutil.get_terminal_size((110, 24)).columns


def json_object(text: str) -> dict[str, Any]:
  """The object in a text of JSON."""
  try:
    found = json.loads(text)
  except ValueError:
    found = None
  if not isinstance(found, dict):
    raise argparse.ArgumentTypeError(f'{text} is no JSON object, as \'{{"smile": 0.7}}\' is')
  return found


def seed(text: str) -> int:
  """The seed in a text."""
  if not text.isdecimal() or int(text) >= 2**31:
    raise argparse.ArgumentTypeError(f'{text} is no whole number in [0, 2^31)')
  return int(text)


def numbers(text: str) -> list[float]:
  """The numbers in '0.2,0.3,0.5,0.6'."""
  return [float(number) for number in text.split(',')]


def listed(text: str) -> list[str]:
  """The names in 'name,name'."""
  return [name.strip() for name in text.split(',') if name.strip()]
