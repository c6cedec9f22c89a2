"""What the copies of a population are called: what they differ in, in the shortest form that is clear."""

from collections.abc import Mapping, Sequence

from ml_collections import ConfigDict

from gan_jax.configs import sections

SHORT = {'learning_rate': 'lr', 'g_optimizer': 'g', 'd_optimizer': 'd'}


def settings(config: ConfigDict, fields: Mapping[str, Sequence[float]], copies: int) -> tuple[str, ...]:
  """'g lr 1e-3, r1 0.1' for each copy, of `fields` {path: value of each copy}; '' where there are none."""
  names = {path: field(config, path) for path in fields}
  return tuple(
    ', '.join(f'{names[path]} {number(values[k])}' for path, values in fields.items()) for k in range(copies)
  )


def field(config: ConfigDict, path: str) -> str:
  """The end of a path that no other field of the config shares: 'r1', but 'g lr', since D has a rate, too."""
  words = path.split('.')
  same = [other for other in sections.declared(config) if other.split('.')[-1] == words[-1]]
  return ' '.join(SHORT.get(word, word) for word in (words if len(same) > 1 else words[-1:]))


def number(value: float) -> str:
  """A number in as few characters as can be: '0.1', '1e-3', '2.5e-5'."""
  mantissa, exponent = f'{value:.9e}'.split('e')
  scientific = f'{mantissa.rstrip("0").rstrip(".")}e{int(exponent)}'
  return min(f'{value:.10g}', scientific, key=len)
