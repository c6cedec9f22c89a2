"""Trains a GAN, or uses a trained one.

python main.py --config=configs/dcgan_digits.py                    train, or go on training
python main.py --config=... --config.train.batch_size=32           with another value of any field
python main.py --config=... --mode=sample --num_samples=1000       write images
python main.py --workdir=runs/dcgan_digits --mode=figures          draw the figures again
python main.py --workdir=runs/pix2pix --mode=translate --input=DIR  make an image of each image of a folder
"""

import argparse
from pathlib import Path

from gan_jax import config as configs
from gan_jax import names, runs


def main(words):
  """Returns the exit status."""
  flags, overrides = parse(words)
  if not flags.config and (flags.mode == 'train' or not flags.workdir):
    raise names.UserError('which experiment? --config=configs/NAME.py, or --mode and the --workdir of a run')
  folder = flags.workdir or runs.default_folder(flags.config, overrides)
  return MODES[flags.mode](flags, overrides, runs.Run(Path(folder)))


def train(flags, overrides, run):
  """Trains; 130 if the user interrupted it."""
  from gan_jax import train as training

  _, finished = training.train(configs.load(flags.config, overrides), run, profile=flags.profile)
  return 0 if finished else 130


def sample(flags, _, run):
  """Writes images of a trained generator."""
  from gan_jax import sample as sampling

  out = Path(flags.out) if flags.out else run.folder / 'generated'
  sampling.write(sampling.load(run.folder), flags.num_samples, out, flags.seed)
  print(f'{flags.num_samples} samples in {out}')
  return 0


def translate(flags, _, run):
  """Writes what a trained network makes of the images of a folder."""
  from gan_jax import translate as translating

  out = Path(flags.out) if flags.out else run.folder / 'translated'
  attributes = None if flags.attributes is None else [name for name in flags.attributes.split(',') if name]
  translator = translating.load(run.folder, flags.seed, flags.back)
  print(f'{translating.write(translator, flags.input, out, flags.mask, attributes)} images in {out}')
  return 0


def figures(flags, _, run):
  """Draws the figures of a run from its last checkpoint."""
  from gan_jax import report

  report.draw(run)
  print(f'figures in {run.figures}')
  return 0


MODES = {'train': train, 'sample': sample, 'translate': translate, 'figures': figures}


def parse(words):
  """(flags, [(field, text), ...]): the options below, and the --config.FIELD=VALUE ones."""
  parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
  )
  parser.add_argument('--config', help='a file in configs/; ":test" after it for a run of seconds')
  parser.add_argument('--workdir', help='the folder of the run; by default runs/<config name and overrides>')
  parser.add_argument('--mode', default='train', choices=MODES)
  parser.add_argument('--num_samples', type=int, default=64, help='images that --mode=sample writes')
  parser.add_argument('--input', default='', help='a folder of images, or one image, for --mode=translate')
  parser.add_argument('--back', action='store_true', help='translate from the second domain to the first')
  parser.add_argument('--mask', default='', help='what is missing, light: an image, or a folder of them')
  parser.add_argument('--attributes', help='that the images are to have: hat,glasses')
  parser.add_argument('--out', help='where to: a folder, or, of samples, a file that ends in .npz')
  parser.add_argument('--profile', type=int, default=0, help='steps to trace, into the folder of the run')
  parser.add_argument('--seed', type=int, default=0, help='of the latents')
  overrides, rest = configs.split(words)
  return parser.parse_args(rest), overrides


if __name__ == '__main__':
  names.run(main, 'interrupted; what was saved is kept, and the same command goes on from there')
