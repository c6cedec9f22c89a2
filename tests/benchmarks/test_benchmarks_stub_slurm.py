"""The stub of SLURM that benchmarks.sweeps has: what it stops is run again, and all else once."""

import os
import subprocess

from benchmarks import stub_slurm

TASK = """
cd "$(dirname "$0")/.."
name=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" slurm/array_0.txt)
echo "$name" >> tries.txt
[ -e "trials/$name/checkpoints/1" ] && exit 0
mkdir -p "trials/$name/checkpoints/1"
trap 'exit 130' USR1
[ $((SLURM_ARRAY_TASK_ID % 3)) = 0 ] && { sleep 60 & wait; }
exit 0
"""


def test_a_third_of_the_tasks_is_stopped_once_and_run_again(tmp_path):
  sweep, path = tmp_path / 'my sweep', stub_slurm.install(tmp_path / 'bin')
  (sweep / 'slurm').mkdir(parents=True)
  (sweep / 'slurm' / 'array_0.txt').write_text('a\nb\nc\nd\n')
  (sweep / 'slurm' / 'array_0.sh').write_text(TASK)
  command = ['sbatch', '--parsable', str(sweep / 'slurm' / 'array_0.sh')]
  done = subprocess.run(command, env={**os.environ, 'PATH': path}, capture_output=True, text=True, check=True)
  assert done.stdout == '7;here\n'
  assert (sweep / 'tries.txt').read_text().split() == ['a', 'a', 'b', 'c', 'd', 'd']
  assert (sweep / 'slurm' / 'stopped.txt').read_text() == '2\n'
