"""What stands in the place of runs.logs.Writers in all processes but the first."""

import contextlib
from typing import ClassVar

from gan_jax.runs.logs import Draw


class Silent:
  """The Writers of processes that leave the files to the first one."""

  before: ClassVar = {}
  scored: ClassVar = 2**31  # nothing is owed here
  kept: ClassVar = []

  def __enter__(self):
    return self

  def __exit__(self, *_):
    pass

  def rewind(self, step: int) -> None:
    pass

  def progress(self, step: int) -> None:
    pass

  def rate(self, step: int) -> float:
    return 0.0

  def paused(self) -> contextlib.nullcontext:
    return contextlib.nullcontext()

  def scores(self, step: int, numbers: dict[str, float]) -> None:
    pass

  def warning(self, step: int, name: str, copies: list[int] | None) -> None:
    pass

  def scalars(self, step: int, row: dict[str, float]) -> None:
    pass

  def copies(self, step: int, row: dict[str, list[float]]) -> None:
    pass

  def sync(self) -> None:
    pass

  def drawn(self, step: int) -> bool:
    return True  # nor is a picture owed

  def picture(self, step: int, draw: Draw) -> None:
    pass
