"""Checks the types and shapes that gan_jax's annotations promise, while the tests run it."""

import jaxtyping
from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int may be given where a float is wanted


def install() -> None:
  """Call it before gan_jax is imported: what is imported later is checked at every call."""
  jaxtyping.install_import_hook('gan_jax', f'{__name__}.check')
