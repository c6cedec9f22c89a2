"""How the configs of two runs differ; some fields may, which do not enter the mathematics of a step."""

from collections.abc import Collection, Mapping
from typing import Any

from gan_jax import errors
from gan_jax.configs import lengths
from gan_jax.runs.trees import kind

FREE = (
  *('train.num_steps', 'log', 'sample', 'checkpoint', 'evaluate'),
  *('parallel.coordinator', 'parallel.num_processes', 'parallel.process_id', 'parallel.timeout_s'),
  *('parallel.silence_s', 'parallel.token', 'parallel.compilation_cache'),  # but not parallel.batch_norm
  *('train.on_nan', 'train.max_rollbacks'),
  *('data.data_dir', 'data.manual_dir', 'data.max_resident_bytes'),
  *lengths.FIELDS,  # what jumps is said
)
MOST = 6  # differences that are shown
ARRAYS = 4  # and arrays


def is_free(field: str) -> bool:
  """Whether a field may change when a run is resumed."""
  return any(field == free or field.startswith(f'{free}.') for free in FREE)


def shown(before: Mapping, now: Mapping, free: Collection[str] = (), where: str = 'here') -> str:
  """The fields that differ and matter, 'seed: 0 there, 1 here; ...'; those in `free` do not; '' if none.

  Fields that are new do not differ. `where` says whose the second values are.
  """
  before, now = flat(before), flat(now)
  differ = [name for name in before if name in now and before[name] != now[name]]
  gone = [name for name in before if name not in now]
  fields = [name for name in differ + gone if not is_free(name) and name not in free][:MOST]
  return '; '.join(f'{name}: {before[name]} there, {now.get(name, "absent")} {where}' for name in fields)


def flat(tree: Any, prefix: str = '') -> dict[str, Any]:
  """{'section.field': value} of nested dicts."""
  if not isinstance(tree, dict):
    return {prefix: tree}
  return {
    k: v for name, sub in tree.items() for k, v in flat(sub, f'{prefix}.{name}' if prefix else name).items()
  }


def refuse_arrays(
  folder: Any, there: Mapping[str, Any], here: Mapping[str, Any], record: Mapping, facts: Mapping
) -> None:
  """Raises UserError, with what differs, if the arrays {name: array} of a checkpoint are not those wanted.

  `record` and `facts` have the configs of both, if they are known.
  """
  told = []
  for name in [*here, *(there.keys() - here.keys())]:
    if (one := kind(there.get(name))) != (other := kind(here.get(name))):
      told.append(f'{name} is {one} there, {other} here')
  if told:
    fields = shown(record.get('config', {}), facts.get('config', {}))
    more = f' and {len(told) - ARRAYS} more' if len(told) > ARRAYS else ''
    raise errors.UserError(
      f'{folder} is of another architecture, not damaged: {"; ".join(told[:ARRAYS])}{more}'
      + (f'; its config differs: {fields}' if fields and facts else '')
    )
