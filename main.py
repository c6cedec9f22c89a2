"""Trains a GAN, or uses a trained one.

python main.py --config=configs/dcgan_digits.py                    train, or go on training
python main.py --config=... --config.train.batch_size=32           with another value of any field
python main.py --config=... --mode=sample --num_samples=1000       write images
python main.py --workdir=runs/dcgan_digits --mode=figures          draw the figures again
python main.py --workdir=runs/pix2pix --mode=translate --input=DIR  make an image of each image of a folder
"""

from pathlib import Path

from gan_jax import command_line, configs, errors
from gan_jax.runs import folder as runs


def main(words):
  """Returns the exit status."""
  flags, overrides = command_line.parse(words, __doc__, MODES)
  if not flags.config and (flags.mode == 'train' or not flags.workdir):
    raise errors.UserError('which experiment? --config=configs/NAME.py, or --mode and the --workdir of a run')
  folder = flags.workdir or runs.default_folder(flags.config, overrides)
  return MODES[flags.mode](flags, overrides, runs.Run(Path(folder)))


def train(flags, overrides, run):
  """Trains; 130 if the user interrupted it."""
  from gan_jax.training import loop as training

  _, finished = training.train(configs.load(flags.config, overrides), run, profile=flags.profile)
  return 0 if finished else 130


def sample(flags, _, run):
  """Writes images of a trained generator."""
  from gan_jax.inference import sample as sampling

  out = Path(flags.out or run.folder / 'generated')
  sampling.write(sampling.load(run.folder), flags.num_samples, out, flags.seed)
  print(f'{flags.num_samples} samples in {out}')
  return 0


def translate(flags, _, run):
  """Writes what a trained network makes of the images of a folder."""
  from gan_jax.inference import translate as translating

  translator = translating.load(run.folder, flags.seed, flags.back)
  out = Path(flags.out or run.folder / 'translated')
  print(f'{translating.write(translator, flags.input, out, flags.mask, flags.attributes)} images in {out}')
  return 0


def figures(flags, _, run):
  """Draws the figures of a run from its last checkpoint."""
  from gan_jax.views import report

  report.draw(run)
  print(f'figures in {run.figures}')
  return 0


MODES = {'train': train, 'sample': sample, 'translate': translate, 'figures': figures}


if __name__ == '__main__':
  errors.run(main, 'interrupted; what was saved is kept, and the same command goes on from there')
