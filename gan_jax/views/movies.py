"""Moving pictures, GIF and MP4, of frames that are made as they are written."""

import contextlib
import itertools
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from gan_jax import errors
from gan_jax.runs import files

Frame = UInt8[np.ndarray, 'H W 3']
COLOURS = 128  # of a GIF's frames
HUNDREDTHS = 100  # of a second: a GIF counts in them
LOSS = 18  # the constant rate factor of H.264: hardly to be seen


def gif(path: Path, frames: Iterable[Frame], durations: Sequence[int]) -> None:
  """Writes a GIF that goes round without end; each frame stays for its milliseconds."""
  pictures = (Image.fromarray(frame).quantize(COLOURS) for frame in frames)
  first = next(pictures)
  with files.whole(path) as partial:
    first.save(partial, 'GIF', save_all=True, append_images=pictures, duration=list(durations), loop=0)


def even(count: int, fps: float) -> list[int]:
  """Milliseconds of `count` frames, whole hundredths of a second that add up to count / fps."""
  ends = np.round(np.arange(count + 1) * HUNDREDTHS / fps).astype(int)
  return (np.diff(ends) * 1000 // HUNDREDTHS).tolist()


def mp4(path: Path, frames: Iterable[Frame], fps: float) -> None:
  """Writes an MP4 (H.264), as all browsers play it: a side that is odd becomes a pixel longer.

  Raises UserError where there is no program that makes it.
  """
  frames, program = map(_even_sided, frames), encoder()
  first = next(frames)
  size = '{}x{}'.format(*first.shape[1::-1])
  given = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', size, '-r', f'{fps:g}', '-i', 'pipe:0']
  made = ['-c:v', 'libx264', '-crf', str(LOSS), '-pix_fmt', 'yuv420p', '-movflags', '+faststart', '-f', 'mp4']
  with files.whole(path) as partial:
    command = [program, '-v', 'error', '-y', *given, *made, str(partial.absolute())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
      with contextlib.suppress(BrokenPipeError):  # then ffmpeg tells why
        for frame in itertools.chain([first], frames):
          process.stdin.write(frame.tobytes())
      told = process.communicate()[1].decode(errors='replace').split('\n')
    if process.returncode:
      raise OSError(f'ffmpeg ends with {process.returncode}: {told[0]}')


def _even_sided(frame):
  return np.pad(frame, [(0, side % 2) for side in frame.shape[:2]] + [(0, 0)], 'edge')


def encoder() -> str:
  """The program ffmpeg that imageio-ffmpeg brings. Raises UserError where there is none for this machine."""
  try:
    import imageio_ffmpeg

    return imageio_ffmpeg.get_ffmpeg_exe()
  except (ImportError, RuntimeError):
    raise errors.UserError(
      'an MP4 needs ffmpeg, which `pip install imageio-ffmpeg` brings; or take a GIF: --out=walk.gif'
    ) from None


def write(path: Path, frames: Iterable[Frame], count: int, fps: float) -> None:
  """Writes `count` frames as what the path ends in: an .mp4, or else a GIF."""
  if path.suffix.lower() == '.mp4':
    mp4(path, frames, fps)
  else:
    gif(path, frames, even(count, fps))
