"""What TensorBoard shows, written as it comes: a writer with a queue of its own hangs where a disk is full.

The form of the files is TensorFlow's: records of a length, a checksum, an Event, a checksum
(https://www.tensorflow.org/tutorials/load_data/tfrecord).
"""

import os
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import UInt8
from tensorboardX import summary
from tensorboardX.proto.event_pb2 import Event, SessionLog
from tensorboardX.record_writer import masked_crc32c

from gan_jax.runs.appended import Appended

VERSION = 'brain.Event:2'


class Board:
  """An event file of a `run`; steps after `start` that are in others count no more."""

  def __init__(self, run: Any, start: int):
    name = f'events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}'
    self._file = Appended(run.tensorboard / name, run.folder)
    self._write(0, file_version=VERSION)
    self.rewind(start)

  def rewind(self, step: int) -> None:
    """What there is of later steps is to be hidden."""
    self._write(step + 1, session_log=SessionLog(status=SessionLog.START))

  def scalars(self, step: int, row: Mapping[str, float]) -> None:
    """Writes numbers by name."""
    for name, value in row.items():
      self._write(step, summary=summary.scalar(name, value))

  def text(self, step: int, name: str, words: str) -> None:
    """Writes words by name."""
    self._write(step, summary=summary.text(name, words))

  def image(self, step: int, pixels: UInt8[np.ndarray, 'H W 3']) -> None:
    """Writes the picture of a step."""
    self._write(step, summary=summary.image('samples', pixels, dataformats='HWC'))

  def close(self) -> None:
    self._file.close()

  def _write(self, step, **what):
    data = Event(wall_time=time.time(), step=step, **what).SerializeToString()
    length = struct.pack('<Q', len(data))
    checks = [struct.pack('<I', masked_crc32c(part)) for part in (length, data)]
    self._file.write(length + checks[0] + data + checks[1])
