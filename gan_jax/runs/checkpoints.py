"""States on disk that prove themselves: each is there whole or not at all, and has digests of its arrays."""

import concurrent.futures
import contextlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.sharding import Sharding

from gan_jax import errors
from gan_jax.runs import differences, lock, manifest, noted, older, stored
from gan_jax.runs.arrays import Damaged, NotFinite
from gan_jax.runs.trees import name_of, nested, on_host

DIGESTS = 'digests.jsonl'  # beside them: one of each state that was saved, though it is there no more
PATIENCE, AGAIN = 60.0, 5.0  # seconds: that a disk has for the last state; from one try to the next
SLOW = 10.0  # seconds that a save waits for the one before, from which it is told


class Checkpoints:
  """The checkpoints of a run folder, by step; used as a context so that what is being written is finished.

  The last `keep` are kept, and those of steps that `keep_every` divides; of None all are. `facts` are kept in
  each: {'config', 'spec'} as JSON has them. Of several processes the `first` writes.
  """

  def __init__(
    self,
    folder: Path,
    keep: int | None = None,
    keep_every: int = 0,
    facts: Mapping[str, Any] | None = None,
    first: bool = True,
    notice: Callable[[str], None] = print,
  ):
    self.folder, self._keep, self._keep_every = folder, keep, keep_every
    self._facts, self._first, self._notice = facts or {}, first, notice
    self._writer = concurrent.futures.ThreadPoolExecutor(1)
    self._pending, self._saving, self._begun = None, None, None
    self.took, self._told = 0.0, False  # seconds of the last save; whether it was told that saves are slow

  def __enter__(self):
    return self

  def __exit__(self, kind, *_):
    try:
      self.wait()
    except errors.UserError:
      if kind is None:
        raise
    finally:
      self._writer.shutdown()

  def steps(self) -> list[int]:
    """The steps of the checkpoints that there are, ascending."""
    found = [path.name for path in self.folder.glob('*') if path.name.isdecimal() and path.is_dir()]
    return sorted(int(name) for name in found if name == str(int(name)))

  def latest(self) -> int | None:
    """The step of the last checkpoint, or None."""
    return max(self.steps(), default=None)

  def save(self, state: Any) -> None:
    """Copies the state at once and writes it in the background; the step it has already is left alone.

    What could not be written before is told, for it may succeed now.
    """
    begun = time.monotonic()
    try:
      self.wait()
    except errors.UserError as error:
      self._notice(f'{error}; training goes on')
    waited = time.monotonic() - begun
    if waited > SLOW and not self._told:
      self._told = True
      self._notice(f'{self.folder}: waited {waited:.0f} s for the disk: a larger checkpoint.every waits less')
    if self._first:
      self._begin(int(state.step), state)

  def finish(self, state: Any) -> None:
    """Returns once the last state, whose save has begun, is written: a disk that fails has PATIENCE seconds.

    Raises UserError if it cannot be.
    """
    end, told = time.monotonic() + PATIENCE, False
    while True:
      try:
        return self.wait()
      except errors.UserError as error:
        if not isinstance(error.__cause__, OSError) or time.monotonic() > end:
          raise
        if not told:
          self._notice(f'{error}; tried again for {PATIENCE:.0f} s')
        told = True
      time.sleep(AGAIN)
      self._begin(int(state.step), state)

  def wait(self) -> None:
    """Returns once all is written. Raises UserError if it cannot be."""
    pending, self._pending = self._pending, None
    if not pending:
      return
    try:
      pending.result()
    except NotFinite as error:
      raise errors.UserError(f'step {self._saving} is not saved: {error} is not finite') from None
    except OSError as error:
      raise errors.UserError(f'step {self._saving} is not saved: {self.folder}: {error.strerror}') from error

  def settle(self) -> None:
    """Returns once nothing is being written, whoever else waits for it, and however it has ended."""
    concurrent.futures.wait([self._begun] if self._begun else [])

  def restore_part(self, name: str) -> Any:
    """One part of the last sound state, 'variables' say: nested dicts of arrays. Raises UserError."""
    _, found = self._newest(lambda path: stored.load(path, lambda path: path.split('/')[0] == name))
    return nested({path.partition('/')[2]: array for path, array in found.items()})

  def restore(
    self, like: Any, step: int | None = None, sharding: Sharding | None = None, mend: bool = False
  ) -> Any:
    """The state of `step`, or the last sound one, shaped as `like`, on one device or as asked.

    Of damaged ones it is told; those that are newer than the sound one are renamed if `mend`. Raises
    UserError if there is none, and for one of another architecture or a newer form.
    """
    if step is None:
      record, found = self._newest(stored.load, mend)
    else:
      record, found = self._asked(step)
    place = sharding or jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
    paths, tree = jax.tree_util.tree_flatten_with_path(like)
    wanted = {name_of(path): leaf for path, leaf in paths}
    if 'rollbacks' in found:  # of a version in which copies had one in common
      found['rollbacks'] = np.broadcast_to(found['rollbacks'], wanted['rollbacks'].shape)
    differences.refuse_arrays(self.folder, found, wanted, record, self._facts)
    return jax.device_put(jax.tree.unflatten(tree, [found[name] for name in wanted]), place)

  def check(self, step: int) -> dict[str, Any]:
    """The manifest of a checkpoint of which every byte has been read, {} of an older form. Raises Damaged."""
    return stored.check(self._path(step))

  def digests(self) -> list[dict[str, Any]]:
    """{'step', 'rollbacks', 'sha256'} of each state that was saved; equal digests are equal bits."""
    return noted.rows(self.folder / DIGESTS)

  def facts(self) -> dict[str, Any]:
    """What the last whole checkpoint has kept of `facts`; {} if there is none. Raises UserError."""
    for step in reversed(self.steps()):
      with contextlib.suppress(Damaged):
        return stored.facts(self._path(step))
    return {}

  def tidy(self) -> None:
    """Removes what a kill has left, and notes digests that it has left out, or a full disk has.

    Only who has the run to itself may.
    """
    stored.tidy(self.folder)
    with contextlib.suppress(Damaged, errors.UserError):
      for step in noted.lacking(self.folder / DIGESTS, self.steps()):
        if not older.is_older(self._path(step)):
          self._note(step, *stored.load(self._path(step), lambda name: name == 'rollbacks'))

  def _path(self, step):
    return self.folder / str(step)

  def _begin(self, step, state):
    self._saving = step
    self._pending = self._begun = self._writer.submit(self._write, step, on_host(state))

  def _write(self, step, host):
    begun = time.monotonic()
    lock.check(self.folder.parent)
    if step == self.latest():
      return
    self._note(step, stored.write(self._path(step), host, self._facts), host)
    self._rotate()
    self.took = time.monotonic() - begun

  def _note(self, step, record, found):
    noted.add(self.folder / DIGESTS, step, found.get('rollbacks', np.int32(0)), manifest.whole(record))

  def _rotate(self):
    for step in self.steps()[: -self._keep] if self._keep else ():
      if not self._keep_every or step % self._keep_every:
        stored.remove(self._path(step))

  def _asked(self, step):
    if step not in self.steps():
      have = ', '.join(map(str, self.steps())) or 'none'
      raise errors.UserError(f'{self.folder}: no checkpoint of step {step} (there: {have})')
    try:
      return stored.load(self._path(step))
    except Damaged as error:
      raise errors.UserError(f'{self._path(step)} is damaged ({error}): take another step') from None

  def _newest(self, load, mend=False):
    """load(path) of the last sound checkpoint."""
    damaged = {}
    while steps := [step for step in self.steps() if step not in damaged]:
      try:
        found = load(self._path(steps[-1]))
      except Damaged as error:
        if self._path(steps[-1]).exists():  # else it was removed by the training meanwhile
          damaged[steps[-1]] = error
        continue
      for step, reason in damaged.items():
        aside = f', set aside as {stored.set_aside(self._path(step)).name}' if mend else ''
        self._notice(f'{self._path(step)} is damaged ({reason}){aside}: step {steps[-1]} is taken')
      return found
    if not damaged:
      raise errors.UserError(f'{self.folder}: no checkpoint (there: none)')
    reason = f'{max(damaged)}: {damaged[max(damaged)]}'
    raise errors.UserError(f'{self.folder}: none of {len(damaged)} checkpoints is sound ({reason})')
