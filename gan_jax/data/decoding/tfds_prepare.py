"""Prepare a TFDS set in a process of its own, so that TensorFlow never enters the one that trains."""

import http.client
import os
import pathlib
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from gan_jax import errors

PATIENCE = 5  # seconds to wait for an answer; TFDS itself tries for minutes when there is no network


def run(builder: Any, name: str, manual_dir: str) -> None:
  """Prepare the set that `builder` stands for, as array_record; raises UserError that says what to do."""
  check_files(builder, name, manual_dir)
  print(f'preparing {name} in {builder.data_path} (once, with TensorFlow)')
  package = pathlib.Path(__file__).parents[3]
  path = os.pathsep.join(filter(None, [str(package), os.environ.get('PYTHONPATH')]))
  quiet = {'TF_CPP_MIN_LOG_LEVEL': '3', 'CUDA_VISIBLE_DEVICES': '', 'PYTHONPATH': path}
  manual_dir = os.path.expanduser(manual_dir)
  child = subprocess.run(
    [
      sys.executable,
      '-m',
      'gan_jax.data.decoding.tfds_prepare',
      name,
      str(builder.data_dir_root),
      manual_dir,
    ],
    stdout=subprocess.PIPE,
    text=True,
    env={**os.environ, **quiet},
  )
  if child.returncode:
    reason = (child.stdout.strip().splitlines() or [f'exit status {child.returncode}'])[-1]
    raise errors.UserError(f'{name} cannot be prepared: {reason}')


def check_files(builder: Any, name: str, manual_dir: str) -> None:
  """Raise UserError if the published files are neither in `manual_dir` nor to be had by download."""
  folder = pathlib.Path(manual_dir).expanduser()
  if manual_dir and not folder.is_dir():
    raise errors.UserError(f'data.manual_dir: {folder} is not a folder')
  if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
    if not manual_dir or not any(folder.iterdir()):
      how = ' '.join(builder.MANUAL_DOWNLOAD_INSTRUCTIONS.split())
      raise errors.UserError(f'{name} wants files downloaded by hand in --config.data.manual_dir=DIR: {how}')
    return
  urls = {info.filename or os.path.basename(url): url for url, info in builder.url_infos.items()}
  missing = sorted(file for file in urls if not manual_dir or not (folder / file).exists())
  if builder.builder_config and len(missing) < len(urls):
    return  # the files of all configs are listed together: those of this one may be there
  if missing and not reachable(urls[missing[0]]):
    host = urllib.parse.urlsplit(urls[missing[0]]).hostname
    files = ', '.join(missing[:8]) + (f' and {len(missing) - 8} more' if len(missing) > 8 else '')
    if manual_dir:
      raise errors.UserError(f'data.manual_dir: {folder} lacks {files}, and {host} cannot be reached')
    remedy = f'set --config.data.manual_dir=DIR with {files}'
    raise errors.UserError(f'{name} must be downloaded, but {host} cannot be reached: {remedy}')


def reachable(url: str) -> bool:
  """Whether the host of a web address answers within PATIENCE (through a proxy if one is set)."""
  answers = []

  def ask():
    try:
      with urllib.request.urlopen(urllib.request.Request(url, method='HEAD'), timeout=PATIENCE):
        answers.append(True)
    except urllib.error.HTTPError as error:
      answers.append(error.code < 500)  # 'not found' is an answer, 'bad gateway' is a proxy without network
    except (OSError, http.client.HTTPException):
      pass

  if not url.startswith('http'):
    return True  # left to TFDS
  thread = threading.Thread(target=ask, daemon=True)  # a name server may keep us waiting beyond any timeout
  thread.start()
  thread.join(PATIENCE)
  return any(answers)


def main(name: str, data_dir: str, manual_dir: str) -> str:
  """Prepare a set; gives '' or, in one line, why it failed."""
  try:
    import tensorflow_datasets as tfds
    from absl import logging

    logging.set_verbosity(logging.ERROR)
    if not sys.stderr.isatty():
      tfds.disable_progress_bar()
    config = tfds.download.DownloadConfig(manual_dir=manual_dir or None, try_download_gcs=False)
    builder = tfds.builder(name, data_dir=data_dir, file_format='array_record')
    # A folder for each set: TFDS unpacks files by their bare names, and mnist and fashion_mnist share those.
    downloads = os.path.join(data_dir, 'downloads', builder.name)
    builder.download_and_prepare(download_dir=downloads, download_config=config)
  except ImportError as error:
    return f'{error}: pip install tensorflow-cpu importlib_resources'
  except Exception as error:  # whatever it is, the caller wants one line
    return f'{type(error).__name__}: {error}'.strip().splitlines()[0]
  return ''


if __name__ == '__main__':
  failure = main(*sys.argv[1:])
  print(failure)
  sys.exit(bool(failure))
