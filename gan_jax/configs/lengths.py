"""How long schedules take: `decay_steps` of their own, or else as long as the training."""

from ml_collections import ConfigDict

FIELDS = ('g_optimizer.decay_steps', 'd_optimizer.decay_steps', 'penalty.decay_steps')


def images_of_step(train: ConfigDict) -> int:
  """How many real images D sees in a step, by config.train, of all devices together."""
  return train.batch_size * train.d_steps


def ends(config: ConfigDict) -> dict[str, int]:
  """{section: the step at whose end its schedule is over} of what changes while `config` trains."""
  changing = {side: config[side].schedule != 'constant' for side in ('g_optimizer', 'd_optimizer')}
  changing['penalty'] = config.penalty.final_scale != 1
  return {
    section: config[section].decay_steps or config.train.num_steps
    for section, changes in changing.items()
    if changes
  }


def moved(before: ConfigDict, now: ConfigDict) -> str:
  """One line that says which schedules end elsewhere `now`, and how they keep their end; '' if none does."""
  old, new = ends(before), ends(now)
  other = [section for section in old if section in new and old[section] != new[section]]
  if not other:
    return ''
  each = ', '.join(f'{section} at step {new[section]}, not {old[section]}' for section in other)
  kept = ' '.join(f'--config.{section}.decay_steps={old[section]}' for section in other)
  return (
    f'schedules end elsewhere than before ({each}), and jump where training goes on; to keep them: {kept}'
  )
