"""Every command of the documents, run as it is written, but short: what a new user would type.

python -m benchmarks.commands [--only=TEXT]

They run one after another in a folder of their own, in which DIR, MASKS and the like hold small pictures.
Trainings are those of the `:test` variants. What needs a network or several machines is said, and not run.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import report
from gan_jax import command_line, configs
from gan_jax.command_line import commands as named
from gan_jax.command_line import flags as given
from gan_jax.configs import overrides
from gan_jax.runs import folder as runs

DOCUMENTS = ('README.md', 'CONTRIBUTING.md', 'docs/*.md', 'configs/*.py')
UNRUN = {  # {part of a command: why it is not run}
  'tfds': 'needs a network',
  'FILE': 'needs the published weights',
  'runs/A': 'in tests',
  'HOST': 'needs several machines',
  'my_project': 'in tests',
  'feature_matching': 'in tests',
}
# fields that :test makes small, and what its data lack
CUT = ('train.num_steps', 'train.batch_size', 'evaluate.num_images', 'data.manual_dir')
TINY = ('train.num_steps=4', 'generator.width=8', 'discriminator.width=16')  # what --data is cut down to
FOLDERS = (
  *('DIR', 'IMAGES', 'MASKS', 'CONTENTS', 'STYLES', 'HORSES', 'ZEBRAS'),
  *('pictures/cats', 'pictures/robots'),
)
COPIES = ('--config=dcgan_digits:test', '--config.population.seeds=4', '--workdir=runs/RUN')  # what RUN is
PICTURES = 24  # in each folder: what scores need
PAIRS = tuple(f'FACADES/{split}/{side}' for split in ('train', 'test') for side in ('photo', 'label'))


def main(words):
  """Returns the exit status: 1 if a command failed."""
  parser = report.parser(__doc__, 'commands')
  parser.add_argument('--only', default='', help='those with this text')
  given = parser.parse_args(words)
  rows = []
  with tempfile.TemporaryDirectory() as folder:
    pictures(Path(folder))
    called(COPIES, Path(folder))
    for document, command in documented():
      if given.only in command:
        rows.append({'document': document, 'command': command, **tried(command, Path(folder))})
        print(f'{rows[-1]["said"]:28}{document:22}{command}', flush=True)
  report.write(given.out, 'commands', words, {'rows': rows})
  return int(any(row['said'].startswith('failed') for row in rows))


def pictures(folder):
  """Makes what the words of the commands stand for: folders of coloured squares, masks, a table."""
  rng = np.random.default_rng(0)
  for name in (*FOLDERS, *PAIRS):
    (folder / name).mkdir(parents=True)
    for k in range(PICTURES):
      pixels = np.full((24, 24, 3), rng.integers(0, 256, 3), np.uint8)
      pixels[6:18, 6:18] = rng.integers(0, 256, 3)
      Image.fromarray(pixels).save(folder / name / f'{k}.png')
  rows = [f'{k}.png {" ".join(str(2 * bit - 1) for bit in rng.integers(0, 2, 3))}' for k in range(PICTURES)]
  table = '\n'.join([str(PICTURES), 'Black_Hair Blond_Hair Male', *rows])
  (folder / 'IMAGES/list_attr_celeba.txt').write_text(table)
  known = [f'{k}.png,{k % 2},{20 + k}' for k in range(PICTURES)]
  (folder / 'DIR/faces.csv').write_text('\n'.join(['file,smile,age', *known]))
  (folder / 'DIR/labels.csv').write_text(
    '\n'.join(['file,label', *(f'{k}.png,{k % 3}' for k in range(PICTURES))])
  )
  shutil.copytree(folder / 'pictures', folder / 'drawings')


def documented():
  """[(document, command)] of all calls of main.py, without comments and brackets, each command once."""
  found = {}
  for pattern in DOCUMENTS:
    for file in sorted(report.ROOT.glob(pattern)):
      text = re.sub(r'\\\n\s*', '', file.read_text())
      for match in re.finditer(r'python main\.py ([^`\n]*)', text):
        command = re.sub(r'[\[\]]', '', re.sub(r'\s+#.*', '', match[1])).strip().rstrip('.')
        if '--' in command and '...' not in command and 'NAME' not in command:
          found.setdefault(command, str(file.relative_to(report.ROOT)))
  modes_last = sorted(found.items(), key=lambda item: '--mode' in item[0])
  return [(document, command) for command, document in modes_last]


def tried(command, folder):
  """{'said', 'seconds'} of a command in `folder`, in the `:test` variant of its experiment."""
  for mark, reason in UNRUN.items():
    if mark in command:
      return {'said': reason, 'seconds': 0}
  begun = time.monotonic()
  done = called(short(shlex.split(command)), folder)
  seconds = time.monotonic() - begun
  if done.returncode:
    return {'said': f'failed: {(done.stderr.strip().splitlines() or [""])[-1]}', 'seconds': seconds}
  return {'said': f'{seconds:.0f} s', 'seconds': seconds}


def called(words, folder):
  """The process that main.py was with these words, in `folder`."""
  command = [sys.executable, str(report.ROOT / 'main.py'), *words]
  return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def short(words):
  """The words of the same command in the test variant, in the folder that the whole one has."""
  fields, rest = overrides.split(words)
  config = next((word for word in rest if word.startswith('--config=')), None)
  if not config and any(word.startswith('--data=') for word in rest):
    flags, fields = given.parse(words)
    return [*words, f'--workdir={named.folder(flags, fields)}', *(f'--config.{word}' for word in TINY)]
  if not config:
    return words
  name = config.removeprefix('--config=')
  kept = [f'--config.{path}={text}' for path, text in fields if path not in CUT]
  if 'data.path' in dict(fields) and 'data.name' not in dict(fields):  # tests have other data
    kept = [f'--config.data.name={configs.load(name, notice=lambda _: None).data.name}', *kept]
  others = [word for word in rest if word != config]
  return [
    f'--config={name.partition(":")[0]}:test',
    f'--workdir={runs.default_folder(name, fields)}',
    *kept,
    *others,
  ]


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
