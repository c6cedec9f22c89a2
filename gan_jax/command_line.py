"""The command line, `python main.py` in a clone and `gan-jax` of an installed package.

gan-jax --config=configs/dcgan_digits.py                    train, or continue training
gan-jax --config=... --config.train.batch_size=32           with another value of any field
gan-jax --config=... --mode=sample --num_samples=1000       write images
gan-jax --workdir=runs/dcgan_digits --mode=figures          draw the figures again
gan-jax --workdir=runs/pix2pix --mode=translate --input=DIR  make an image of each image of a folder
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from gan_jax import configs, errors
from gan_jax.configs import overrides
from gan_jax.runs import folder as runs

INTERRUPTED = 'interrupted; what was saved is kept, and the same command continues from there'
Flags = argparse.Namespace
Fields = list[overrides.Override]


def main(words: Sequence[str]) -> int:
  """Returns the exit status. Raises UserError for what the user can mend."""
  flags, fields = parse(words)
  if not flags.config and (flags.mode == 'train' or not flags.workdir):
    raise errors.UserError('which experiment? --config=configs/NAME.py, or --mode and the --workdir of a run')
  folder = flags.workdir or runs.default_folder(flags.config, fields)
  return MODES[flags.mode](flags, fields, runs.Run(Path(folder)))


def run(main: Callable[[list[str]], int] = main, interrupted: str = INTERRUPTED) -> NoReturn:
  """Ends the process with what main(words of the command line) returns.

  A UserError ends it with its one line, Ctrl-C with the line `interrupted`. Modules of the user's own project
  are found from the folder in which the command is given.
  """
  sys.path.insert(0, os.getcwd())
  try:
    sys.exit(main(sys.argv[1:]))
  except errors.UserError as error:
    sys.exit(f'error: {error}')
  except KeyboardInterrupt:
    sys.exit(interrupted)


def parse(words: Sequence[str]) -> tuple[Flags, Fields]:
  """(flags, overrides): the options below, and the --config.FIELD=VALUE ones. Raises UserError."""
  parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
  )
  parser.add_argument('--config', help='an experiment or a file; ":test" after it for a run of seconds')
  parser.add_argument('--workdir', help='the folder of the run; by default runs/<config name and overrides>')
  parser.add_argument('--mode', default='train', choices=MODES)
  parser.add_argument('--profile', type=int, default=0, help='steps to trace, into the folder of the run')
  parser.add_argument('--out', help='where to: a folder, or, of samples, a file that ends in .npz')
  parser.add_argument('--seed', type=int, default=0, help='of what is drawn: latents, masks, dropout')
  parser.add_argument('--num_samples', type=int, default=64, help='images that --mode=sample writes')

  given = parser.add_argument_group('--mode=translate')
  given.add_argument('--input', default='', help='a folder of images, or one image')
  given.add_argument('--back', action='store_true', help='from the second domain to the first')
  given.add_argument('--mask', default='', help='what is missing, light: an image, or a folder of them')
  given.add_argument('--attributes', type=listed, help='that the images are to have: hat,glasses')
  fields, rest = overrides.split(words)
  return parser.parse_args(rest), fields


def listed(text: str) -> list[str]:
  """The names in 'name,name'."""
  return [name.strip() for name in text.split(',') if name.strip()]


def train(flags: Flags, fields: Fields, run: runs.Run) -> int:
  """Trains; 130 if the user interrupted it."""
  from gan_jax.training import loop  # each mode takes the seconds of its own imports only

  _, finished = loop.train(configs.load(flags.config, fields), run, profile=flags.profile)
  return 0 if finished else 130


def sample(flags: Flags, _: Fields, run: runs.Run) -> int:
  """Writes images of a trained generator."""
  from gan_jax.inference import sample

  out = Path(flags.out or run.folder / 'generated')
  sample.write(run.folder, flags.num_samples, out, flags.seed)
  print(f'{flags.num_samples} samples in {out}')
  return 0


def translate(flags: Flags, _: Fields, run: runs.Run) -> int:
  """Writes what a trained network makes of the images of a folder."""
  from gan_jax.inference import translate

  translator = translate.load(run.folder, flags.seed, flags.back)
  out = Path(flags.out or run.folder / 'translated')
  print(f'{translate.write(translator, flags.input, out, flags.mask, flags.attributes)} images in {out}')
  return 0


def figures(flags: Flags, _: Fields, run: runs.Run) -> int:
  """Draws the figures of a run from its last checkpoint."""
  from gan_jax.inference import figures

  figures.draw(run)
  print(f'figures in {run.figures}')
  return 0


MODES = {'train': train, 'sample': sample, 'translate': translate, 'figures': figures}
